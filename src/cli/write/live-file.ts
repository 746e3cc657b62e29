import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { LiveFlows, liveBodyLimit } from '../../addons/live-flows.js';
import type { SpoolPolicy } from '../../flow/body/spool-policy.js';
import type { FlowFilter } from '../../flow/filter.js';
import { releaseFlow } from '../../flow/flow.js';
import type { Log } from '../../flow/log.js';
import { plural } from '../../flow/text/plural.js';
import { openFlowFile } from '../../serialize/flow-file.js';
import { leftFlows } from '../../serialize/input/reader.js';
import { LiveJournal } from '../../serialize/native/journal/live-journal.js';
import { leftJournal, livePath } from '../../serialize/native/journal/live-path.js';
import type { OutputError } from '../../serialize/output/sinks.js';
import type { Options } from '../options/table/index.js';
import { type FileOutput, type Output, refuseOutput } from './output.js';

/** Makes the addons that keep long flows in a journal beside each file. @returns none without `live_file` */
export function liveFlows(
  { liveFile }: Pick<Options, 'liveFile'>,
  outputs: readonly Output[],
  filter: FlowFilter | undefined,
  log: Log,
  saved: () => boolean,
): LiveFlows[] {
  const files = liveFile ? captureFiles(outputs) : [];
  return files.map((file) => {
    const path = () => livePath(file.path());
    return new LiveFlows(new LiveJournal(path(), { bodyLimit: liveBodyLimit }), {
      path,
      filter,
      saved,
      onError: ({ message }) => log.warn(`Cannot store live flows in ${path()}: ${message}`),
    });
  });
}

/** What is needed of a session. */
interface RecoveryParts {
  log: Log;
  options: Options;
  captures: readonly Output[];
  spool: SpoolPolicy;
  openOutputs(): Promise<void>;
}

/**
 * Opens the outputs. What an earlier recording into the same file left behind when it was killed goes before: with
 * `+FILE` its flows are put into the file, as incomplete; otherwise the file begins anew, and they go with it.
 * @throws ExitError if something cannot be written
 */
export async function openRecording(session: RecoveryParts): Promise<void> {
  const left: string[] = [];
  for (const file of captureFiles(session.captures)) {
    const journal = leftJournal(file.path());
    if (!journal) continue;
    left.push(journal);
    if (file.append) await recover(file, session);
  }
  await session.openOutputs();
  // Not earlier: if another tsdump is writing to the file, the journal is not left, but alive.
  for (const journal of left) await rm(journal, { force: true });
}

async function recover(file: FileOutput, { log, options, spool }: RecoveryParts): Promise<void> {
  const path = file.path();
  // All of them are known before the file, which is read for this, is written to.
  const flows = await leftFlows(path, spool);
  let failure: OutputError | undefined;
  const { writer } = await openFlowFile(path, {
    format: file.format,
    append: true,
    fsync: options.fsync,
    onWarning: (message) => log.warn(message),
    onError: (error) => {
      failure = error;
    },
  }).catch(refuseOutput);
  let count = 0;
  for await (const flow of flows) {
    await writer.write(flow);
    releaseFlow(flow);
    count++;
  }
  await writer.close();
  if (failure) refuseOutput(failure);
  if (count > 0)
    log.warn(
      `${path}: added ${plural(count, 'flow that was', 'flows that were')} still in progress when the last recording was interrupted.`,
    );
}

/** Those outputs that are files: devices and pipes have nothing beside them. */
function captureFiles(outputs: readonly Output[]): FileOutput[] {
  return outputs
    .flatMap(({ file }) => file ?? [])
    .filter((file) => statSync(file.path(), { throwIfNoEntry: false })?.isFile() !== false);
}
