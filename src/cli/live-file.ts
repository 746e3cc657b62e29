import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { LiveFlows, liveBodyLimit } from '../addons/live-flows.js';
import type { FlowFilter } from '../flow/filter.js';
import { releaseFlow } from '../flow/flow.js';
import type { Log } from '../flow/log.js';
import { plural } from '../flow/plural.js';
import type { SpoolPolicy } from '../flow/spool-policy.js';
import { openFlowFile } from '../serialize/flow-file.js';
import { LiveJournal } from '../serialize/native/live-journal.js';
import { leftJournal, livePath } from '../serialize/native/live-path.js';
import { leftFlows } from '../serialize/reader.js';
import type { OutputError } from '../serialize/sinks.js';
import type { Options } from './options/index.js';
import { type FileOutput, type Output, refuseOutput } from './output.js';

/** Makes the addon that keeps long flows in a file of their own. @returns undefined if nobody wants it, or nothing is saved in a file */
export function liveFlows(
  { liveFile }: Pick<Options, 'liveFile'>,
  output: Output | undefined,
  filter: FlowFilter | undefined,
  log: Log,
  saved: () => boolean,
): LiveFlows | undefined {
  const file = liveFile ? captureFile(output) : undefined;
  if (!file) return undefined;
  const path = () => livePath(file.path());
  return new LiveFlows(new LiveJournal(path(), { bodyLimit: liveBodyLimit }), {
    path,
    filter,
    saved,
    onError: ({ message }) => log.warn(`Flows that still live are not kept in ${path()}: ${message}`),
  });
}

/** What is needed of a session. */
interface RecoveryParts {
  log: Log;
  options: Options;
  output: Output | undefined;
  spool: SpoolPolicy;
  openOutputs(): Promise<void>;
}

/**
 * Opens the outputs. What an earlier recording into the same file left behind when it was killed goes before: with
 * `+FILE` its flows are put into the file, as incomplete; otherwise the file begins anew, and they go with it.
 * @throws ExitError if something cannot be written
 */
export async function openRecording(session: RecoveryParts): Promise<void> {
  const file = captureFile(session.output);
  const journal = file && leftJournal(file.path());
  if (journal && file.append) await recover(file, session);
  await session.openOutputs();
  // Not earlier: if another tsdump is writing to the file, the journal is not left, but alive.
  if (journal) await rm(journal, { force: true });
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
      `${path}: added ${plural(count, 'flow that was', 'flows that were')} still going on when the last recording broke off.`,
    );
}

/** The output, if it is a file: devices and pipes have nothing beside them. */
function captureFile(output: Output | undefined): FileOutput | undefined {
  const { file } = output ?? {};
  return file && statSync(file.path(), { throwIfNoEntry: false })?.isFile() !== false ? file : undefined;
}
