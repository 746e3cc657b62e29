import { systemErrorText } from '../flow/system-error.js';
import { readsCommands, withoutCommands } from '../terminal/command-guard.js';
import { escapedText } from '../terminal/safe-text.js';
import { withSourceLines } from '../terminal/source-lines.js';
import type { CommandLine } from './options/command-line.js';
import type { ResolvedOptions } from './options/resolve.js';
import type { UnclaimedSetting } from './options/setting.js';
import type { Options } from './options/table/index.js';
import { withCode } from './process/error-codes.js';
import { ExitCode } from './process/exit-codes.js';
import { ExitError, UsageError } from './process/exit-error.js';
import type { Shutdown } from './process/shutdown.js';

/**
 * Runs the program for the given arguments. Modules are loaded only when they are needed.
 * @param argv without the names of the runtime and the program
 * @param shutdown ends the program early
 * @returns the exit code, which may be that of a command; output may not be flushed yet
 */
export async function run(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  shutdown: Shutdown,
): Promise<number> {
  try {
    return await perform(argv, environment, shutdown);
  } catch (error) {
    const { code, exitCode, messages } = asExitError(error);
    const guard = readsCommands(environment) ? withoutCommands : String;
    for (const message of messages) process.stderr.write(guard(messageText(withCode(message, code))));
    return exitCode;
  }
}

function asExitError(error: unknown): ExitError {
  if (error instanceof ExitError) return error;
  if (!(error instanceof Error)) return new ExitError('internal-error', `internal error: ${String(error)}`);
  // Modules are loaded on demand, so a missing one is detected late.
  if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') {
    return new ExitError(
      'installation-incomplete',
      `the installation is incomplete, install tsdump again: ${error.message}`,
    );
  }
  // Loading our own modules opens most files at startup, so a lack of descriptors usually appears here.
  const lacksFiles = LACKS_FILES.has((error as NodeJS.ErrnoException).code);
  if (lacksFiles)
    return new ExitError('too-many-files', 'too many open files to start; raise the limit with ulimit -n');
  return new ExitError('internal-error', `internal error: ${withSourceLines(error.stack ?? error.message)}`);
}

/** System error codes for a process or a system without free file descriptors. */
const LACKS_FILES: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE']);

/** Formats a message for stderr. Control characters, for example from arguments, are escaped. */
function messageText(message: string): string {
  const [first, ...others] = message.trimEnd().split(/\r?\n/).map(escapedText);
  // An indented line is part of a drawing, such as a caret below an expression.
  const more = others.map((line) => (line.startsWith('  ') ? line : `    ${line}`));
  return [`tsdump: ${first}`, ...more, ''].join('\n');
}

async function perform(argv: readonly string[], environment: NodeJS.ProcessEnv, shutdown: Shutdown): Promise<number> {
  const { parseCommandLine } = await import('./options/command-line.js');
  const unclaimed: UnclaimedSetting[] = [];
  const commandLine = parseCommandLine(argv, (setting) => unclaimed.push(setting));
  switch (commandLine.action) {
    case 'version':
      return print((await import('./version.js')).versionText());
    case 'help':
      return print((await import('./options/help.js')).helpText(commandLine, process.stdout.columns || 80));
    case 'filter-help':
      return print((await import('../filters/index.js')).filterHelp());
  }
  const { gatherOptions } = await import('./options/gather.js');
  const options = await gatherOptions(commandLine.settings, environment, unclaimed);
  const { withPlaces } = await import('./options/unusable-option.js');
  return withPlaces(options, () => performWith(options, commandLine, environment, shutdown));
}

async function performWith(
  options: ResolvedOptions,
  commandLine: CommandLine,
  environment: NodeJS.ProcessEnv,
  shutdown: Shutdown,
): Promise<number> {
  if (commandLine.action === 'options')
    return print(await (await import('./options/listing.js')).listOptions(options, shutdown));
  if (commandLine.words.length > 0) {
    await (await import('./read/capture-argument.js')).refuseCaptures(commandLine.words, options.values);
  }
  if (options.values.printEnv)
    return print(await (await import('./command/print-env.js')).printEnv(options, environment));
  if (options.values.diff.length > 0) return (await import('./compare/diff.js')).diffCaptures(options, shutdown);
  if (options.values.clientReplay.length > 0) {
    if (commandLine.command) throw new UsageError('-C sends a capture; it does not run a command', 'option-conflict');
    const { replayRequests } = await import('./client-replay/client-replay-run.js');
    const { replayCompare, replayLearn } = options.values;
    if (!replayCompare && replayLearn === undefined) return replayRequests(options, shutdown);
    const comparison = (await import('./compare/replay-comparison.js')).prepareReplayComparison(options);
    return replayRequests(comparison.resolved, shutdown, comparison.createCallbacks);
  }
  if (commandLine.command) {
    const { withCommand } = await import('./command/implied.js');
    const { Command } = await import('./command/command.js');
    const record = await recorder(options.values);
    return record(withCommand(options), shutdown, { command: new Command(commandLine.command, shutdown) });
  }
  if (options.values.server) return (await recorder(options.values))(options, shutdown);
  return (await import('./read/read.js')).read(options, shutdown);
}

/** Loads the function that runs the proxy, in this process or in several. */
async function recorder({ workers }: Options): Promise<typeof import('./proxy/record.js')['record']> {
  if (workers === 1) return (await import('./proxy/record.js')).record;
  return (await import('./workers/record.js')).recordWithWorkers;
}

/** Prints a text that may be meant for a file, such as a config file. It is not an error if the reader closes the pipe. */
async function print(text: string): Promise<ExitCode> {
  const error = await new Promise<NodeJS.ErrnoException | null | undefined>((resolve) => {
    process.stdout.write(text, resolve);
  });
  if (!error || error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return ExitCode.done;
  throw new ExitError('output-failed', `Cannot write stdout: ${systemErrorText(error)}`);
}
