import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { LiveFlows as LiveFlowsAddon, liveBodyLimit } from '../addons/live-flows.js';
import type { FlowFilter } from '../flow/filter.js';
import { releaseFlow } from '../flow/flow.js';
import type { Log } from '../flow/log.js';
import type { SpoolPolicy } from '../flow/spool.js';
import { FORMATS, formatOfPath } from '../serialize/formats.js';
import { LiveJournal } from '../serialize/native/live-journal.js';
import { leftJournal, livePath } from '../serialize/native/live-path.js';
import { leftFlows } from '../serialize/reader.js';
import type { OutputError } from '../serialize/sinks.js';
import { ExitCode } from './exit-codes.js';
import { ExitError } from './exit-error.js';
import { openOutput, outputPath } from './files.js';
import type { Options } from './options/index.js';

type OutputOptions = Pick<Options, 'format' | 'liveFile' | 'saveStreamFile'>;

/** Makes the addon that keeps long flows in a file of their own. @returns undefined if nobody wants it, or nothing is saved in a file */
export function liveFlows(
  { liveFile, saveStreamFile }: OutputOptions,
  filter: FlowFilter | undefined,
  log: Log,
  saved: () => boolean,
): LiveFlowsAddon | undefined {
  const capture = liveFile ? captureFile(saveStreamFile) : undefined;
  if (!capture) return undefined;
  const path = livePath(capture);
  return new LiveFlowsAddon(new LiveJournal(path, { bodyLimit: liveBodyLimit }), {
    path: () => path,
    filter,
    saved,
    onError: ({ message }) => log.warn(`Flows that still live are not kept in ${path}: ${message}`),
  });
}

/**
 * What an earlier recording into the same file left behind when it was killed: with `+FILE` its flows are put into the
 * file, as incomplete; otherwise the file begins anew, and they go with it.
 * @throws ExitError if they cannot be written
 */
export async function recoverLiveFlows(
  { format, saveStreamFile }: OutputOptions,
  policy: SpoolPolicy,
  log: Log,
): Promise<void> {
  const path = captureFile(saveStreamFile);
  if (!path) return;
  const journal = leftJournal(path);
  if (!journal) return;
  if (path !== saveStreamFile) await recover(path, format, policy, log);
  await rm(journal, { force: true });
}

async function recover(path: string, format: Options['format'], policy: SpoolPolicy, log: Log): Promise<void> {
  // All of them are known before the file, which is read for this, is written to.
  const flows = await leftFlows(path, policy);
  let failure: OutputError | undefined;
  const onError = (error: OutputError): void => {
    failure = error;
  };
  const writer = await FORMATS[format ?? formatOfPath(path)].createWriter(await openOutput(`+${path}`), { onError });
  let count = 0;
  for await (const flow of flows) {
    await writer.write(flow);
    releaseFlow(flow);
    count++;
  }
  await writer.close();
  if (failure) throw new ExitError(ExitCode.output, (failure as OutputError).message);
  if (count > 0) log.warn(`${path}: added ${count} flows that were still going on when the last recording broke off.`);
}

/** Where it is written to, if that is a file: devices and pipes have nothing beside them. */
function captureFile(spec: string | undefined): string | undefined {
  if (!spec || spec === '-') return undefined;
  const path = outputPath(spec);
  return statSync(path, { throwIfNoEntry: false })?.isFile() === false ? undefined : path;
}
