import { createReadStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { SpoolPolicy } from '../../flow/body/spool-policy.js';
import { type Flow, releaseFlow } from '../../flow/flow.js';
import type { ReadJob } from '../format.js';
import { isJournal, type SideFiles, sideFiles } from '../native/journal/live-path.js';
import { readFifo } from '../output/fifo.js';
import { Omissions } from '../shared/omissions.js';
import { DamageLog } from './damage.js';
import type { Input } from './input.js';
import { FileInput } from './input-file.js';
import { StreamInput } from './input-stream.js';
import { beginningOf, readContent } from './read-content.js';
import type { ReadOptions, ReadSummary } from './read-options.js';
import type { SideFlows } from './side-flows.js';

export type { Damage } from './damage.js';
export { DamageError } from './damage.js';
export type { ReadOptions, ReadSummary } from './read-options.js';

/** A path, or a stream of buffers that is read to its end. */
export type ReadInput = { path: string } | { stream: AsyncIterable<Buffer>; name: string };

/**
 * Reads a capture file of any format, flow by flow, and then the unfinished flows of the journal beside it. Bodies in
 * files are read on demand, until the flow is released.
 * @param onFlow a returned promise is awaited before the next flow
 * @throws Error (of `fs`) if the input cannot be opened or read
 * @throws DamageError with `strict`, at the first damage
 */
export async function readFlows(
  from: ReadInput,
  options: ReadOptions,
  onFlow: (flow: Flow) => void | Promise<void>,
): Promise<ReadSummary> {
  const input = await openInput(from, options.policy);
  try {
    const path = 'path' in from ? from.path : undefined;
    if (path !== undefined && isJournal(await beginningOf(input))) {
      const left = await readSideFlows({ journals: [path], unsaved: [] }, options.policy);
      return { ...(await left.passOn(onFlow)), recovered: 0, unknown: 0, damaged: 0 };
    }
    const damage = new DamageLog(input.name, options.strict ?? false, options.onDamage);
    const omissions = new Omissions(damage, options.onOmission);
    const job = { input, options, damage, omissions, onFlow };
    const beside = path === undefined ? undefined : sideFiles(path);
    const summary = beside === undefined ? await readContent(job) : await readBoth(job, beside);
    // Without damage, it was cut off between two flows.
    if (input instanceof FileInput && input.shrank && damage.count === 0) {
      damage.report('truncated', input.size, 'the file was truncated while it was read');
      summary.damaged = damage.count;
    }
    summary.omitted = omissions.summary;
    return summary;
  } finally {
    await input.close();
  }
}

/** Reads a capture and its side files. A flow in both is read once: it ended just before the interruption. */
async function readBoth(job: ReadJob, beside: SideFiles): Promise<ReadSummary> {
  const { onFlow, options } = job;
  const left = await readSideFlows(beside, options.policy);
  const summary = await readContent({
    ...job,
    onFlow: (flow) => {
      left.delete(flow.id);
      return onFlow(flow);
    },
  });
  const { flows, incomplete } = await left.passOn(onFlow);
  return { ...summary, flows: summary.flows + flows, incomplete };
}

/**
 * The flows that are only in the side files of a capture. The capture is compared before the promise resolves, and may be
 * appended to afterwards.
 * @throws Error (of `fs`) if one of the files or the capture cannot be read
 */
export async function unsavedFlows(path: string, beside: SideFiles, policy: SpoolPolicy): Promise<SideFlows> {
  const left = await readSideFlows(beside, policy);
  // A rotated capture does not exist under its original name.
  if (!existsSync(path)) return left;
  const input = await openInput({ path }, policy);
  try {
    const options = { policy, onDamage: () => {} };
    const damage = new DamageLog(input.name, false, options.onDamage);
    const onFlow = (flow: Flow): void => {
      left.delete(flow.id);
      releaseFlow(flow);
    };
    await readContent({ input, options, damage, omissions: new Omissions(damage), onFlow });
  } finally {
    await input.close();
  }
  return left;
}

async function readSideFlows(beside: SideFiles, policy: SpoolPolicy): Promise<SideFlows> {
  return (await import('./side-flows.js')).SideFlows.read(beside, policy);
}

async function openInput(from: ReadInput, policy: SpoolPolicy): Promise<Input> {
  if ('stream' in from) return new StreamInput(from.name, from.stream, policy);
  const facts = await stat(from.path);
  if (facts.isFile()) return FileInput.open(from.path);
  if (facts.isFIFO()) return new StreamInput(from.path, await readFifo(from.path), policy);
  return new StreamInput(from.path, createReadStream(from.path), policy);
}
