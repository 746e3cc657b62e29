import { rm } from 'node:fs/promises';
import { LiveFlows, liveBodyLimit } from '../../addons/live-flows.js';
import type { SpoolPolicy } from '../../flow/body/spool-policy.js';
import type { FlowFilter } from '../../flow/filter.js';
import { type Flow, releaseFlow } from '../../flow/flow.js';
import type { Log } from '../../flow/log.js';
import { systemErrorText } from '../../flow/system-error.js';
import { plural } from '../../flow/text/plural.js';
import { openFlowFile } from '../../serialize/flow-file.js';
import { unsavedFlows } from '../../serialize/input/reader.js';
import { LiveJournal, type LiveJournalOptions } from '../../serialize/native/journal/live-journal.js';
import { compactedPath, livePath, type SideFiles, sideFiles } from '../../serialize/native/journal/live-path.js';
import type { OutputError } from '../../serialize/output/sinks.js';
import type { Options } from '../options/table/index.js';
import { type FileOutput, type Output, refuseOutput } from './output.js';
import { isSpecialFile } from './special-file.js';

export interface LiveFlowParts {
  /** The outputs that are captures. */
  readonly outputs: readonly Output[];
  /** Selects the flows of the outputs. */
  readonly filter: FlowFilter | undefined;
  readonly log: Log;
  /** Whether the outputs have all flows that ended; otherwise, the journals stay. */
  readonly saved: () => boolean;
  /** See `LiveJournalOptions`. */
  readonly headsOf: ((flow: Flow) => Flow) | undefined;
}

/** Creates the addons that store long-running flows in a journal beside each file. */
export function liveFlows({ outputs, filter, log, saved, headsOf }: LiveFlowParts): LiveFlows[] {
  const journalOptions: LiveJournalOptions = { bodyLimit: liveBodyLimit };
  if (headsOf) journalOptions.headsOf = headsOf;
  return outputs.filter(hasJournal).map(({ file, writer }) => {
    const path = () => livePath(file.path());
    return new LiveFlows(new LiveJournal(path(), journalOptions), {
      path,
      filter,
      flushed: () => writer.flushed(),
      saved,
      onError: (error) => log.warn(`Cannot store live flows in ${path()}: ${systemErrorText(error)}`),
    });
  });
}

/** The parts of a session that `openRecording` uses. */
interface RecoveryParts {
  log: Log;
  options: Options;
  captures: readonly Output[];
  spool: SpoolPolicy;
  openOutputs(): Promise<void>;
}

/**
 * Opens the outputs. Flows in the side files of an interrupted recording are handled first: with `+FILE` they are added to the
 * file; otherwise the file is replaced, and its side files are removed.
 * @throws ExitError if an output cannot be written
 */
export async function openRecording(session: RecoveryParts): Promise<void> {
  const left: string[] = [];
  for (const { file } of session.captures.filter(hasJournal)) {
    const beside = sideFiles(file.path());
    if (!beside) continue;
    left.push(...beside.journals, ...beside.journals.map(compactedPath), ...beside.unsaved);
    if (file.append) await recover(file, beside, session);
  }
  await session.openOutputs();
  // Only after opening, which fails if another tsdump is writing to the file, so that its side files are in use.
  for (const journal of left) {
    await rm(journal, { force: true }).catch((error: NodeJS.ErrnoException) =>
      session.log.warn(`Cannot remove ${journal}: ${systemErrorText(error)}.`),
    );
  }
}

async function recover(file: FileOutput, beside: SideFiles, { log, options, spool }: RecoveryParts): Promise<void> {
  const path = file.path();
  // Before the file is written to, because the file is read to find the flows that it lacks.
  const left = await unsavedFlows(path, beside, spool);
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
  const { flows, incomplete } = await left.passOn(async (flow) => {
    await writer.write(flow);
    releaseFlow(flow);
  });
  await writer.close();
  if (failure) refuseOutput(failure);
  if (incomplete > 0)
    log.warn(
      `${path}: added ${plural(incomplete, 'flow that was', 'flows that were')} still in progress when the last recording was interrupted.`,
    );
  const ended = flows - incomplete;
  if (ended > 0)
    log.warn(
      `${path}: added ${plural(ended, 'flow that was', 'flows that were')} saved beside it by the last recording.`,
    );
}

/** Whether an output is a regular file. Devices and pipes have no journal. */
function hasJournal(output: Output): output is Output & { readonly file: FileOutput } {
  return output.file !== undefined && !isSpecialFile(output.file.path());
}
