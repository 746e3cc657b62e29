import type { ConnectionPermit, DeferredServers } from '../../engine/index.js';
import { scriptSettings } from '../addons/scripts.js';
import { type RunWatch, watchRun } from '../checks/watch-run.js';
import { compileFilters } from '../filters.js';
import type { ResolvedOptions } from '../options/resolve.js';
import { UsageError } from '../process/exit-error.js';
import type { Shutdown } from '../process/shutdown.js';
import { rewritingAddons } from '../proxy/rewriting.js';
import { type Inputs, inputsOf } from '../read/find-inputs.js';
import { makeRedactor } from '../redact/redaction.js';
import { prepareServerReplay } from '../server-replay/prepare.js';
import { checkColumns } from '../write/columns.js';
import { checkCompression } from '../write/compression.js';
import { checkJournals, checkOutputs } from '../write/files.js';
import type { AddonSources, SessionParts } from './session-parts.js';

/** The circumstances of a run. */
interface RunContext {
  /** Whether flows come from the network. */
  readonly live: boolean;
  /** Files that a task of the run reads, which therefore must not be written. */
  readonly taskInputs?: readonly string[] | undefined;
  /** The exit code so far, including the one of a command. */
  readonly exitCode: () => number;
}

/** What reading and recording have in common: the options are checked, and nothing is open yet. */
export interface PreparedRun {
  readonly parts: SessionParts & { readonly addons: AddonSources; readonly watch: RunWatch };
  /** The captures of `rfile`, if it is set. */
  readonly inputs: Inputs | undefined;
  /** Decide together which connections to servers may be opened. */
  readonly permits: readonly ConnectionPermit[];
  /** The addons that answer in place of servers, if any. */
  readonly deferredServers: DeferredServers | undefined;
}

/** @throws ExitError for the first option that cannot be used */
export async function prepareRun(
  resolved: ResolvedOptions,
  shutdown: Shutdown,
  { live, taskInputs, exitCode }: RunContext,
): Promise<PreparedRun> {
  const { values: options } = resolved;
  const filters = await compileFilters(resolved);
  const redactor = await makeRedactor(resolved);
  const watch = await watchRun(resolved, shutdown, live);
  checkCompression(resolved);
  await checkColumns(resolved);
  if (options.follow && options.rfile.length === 0)
    throw new UsageError('--follow needs a file to read: -r FILE', 'option-requires');
  const inputs = options.rfile.length > 0 ? await inputsOf(options) : undefined;
  const serverReplay = await prepareServerReplay(resolved, shutdown, { live, redactor, exitCode });
  const paths = [...(taskInputs ?? inputs?.paths ?? []), ...(serverReplay?.paths ?? [])];
  checkOutputs(options, paths);
  if (live) checkJournals(options, paths);
  return {
    parts: {
      options,
      shutdown,
      inputs: paths,
      live,
      filters,
      redactor,
      watch,
      scripts: scriptSettings(resolved),
      addons: {
        rewriting: (log) => rewritingAddons(resolved, log),
        answering: serverReplay && ((session) => serverReplay.open(session)),
      },
      finish: serverReplay && ((reports) => serverReplay.finish(reports)),
    },
    inputs,
    permits: serverReplay?.permits ?? [],
    deferredServers: serverReplay?.servers,
  };
}
