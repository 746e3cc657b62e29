import { escapedText } from '../terminal/safe-text.js';
import { withSourceLines } from '../terminal/source-lines.js';
import type { UnclaimedSetting } from './options/setting.js';
import { ExitCode } from './process/exit-codes.js';
import { ExitError } from './process/exit-error.js';
import type { Shutdown } from './process/shutdown.js';

/**
 * Does what the arguments ask for. What is not needed for that is not loaded.
 * @param argv without the names of the runtime and the program
 * @param shutdown by which the program is ended early
 * @returns the exit code; what was printed may still be on its way
 */
export async function run(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  shutdown: Shutdown,
): Promise<ExitCode> {
  try {
    return await perform(argv, environment, shutdown);
  } catch (error) {
    const { code, messages } = asExitError(error);
    for (const message of messages) process.stderr.write(messageText(message));
    return code;
  }
}

function asExitError(error: unknown): ExitError {
  if (error instanceof ExitError) return error;
  if (!(error instanceof Error)) return new ExitError(ExitCode.internal, `internal error: ${String(error)}`);
  // Our own modules and packages are loaded when they are needed, so a missing one shows late.
  if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') {
    return new ExitError(ExitCode.start, `the installation is incomplete, install tsdump again: ${error.message}`);
  }
  // Most of what is opened at the start are our own modules.
  const lacksFiles = LACKS_FILES.has((error as NodeJS.ErrnoException).code);
  if (lacksFiles) return new ExitError(ExitCode.start, 'too many open files to start; raise the limit with ulimit -n');
  return new ExitError(ExitCode.internal, `internal error: ${withSourceLines(error.stack ?? error.message)}`);
}

/** Codes of the system for a process, or a machine, without a file descriptor left. */
const LACKS_FILES: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE']);

/** A message for stderr. What a terminal might obey, such as in the user's own arguments, is escaped. */
function messageText(message: string): string {
  const [first, ...others] = message.trimEnd().split(/\r?\n/).map(escapedText);
  // A line that is indented already belongs to a picture, such as a caret below its expression.
  const more = others.map((line) => (line.startsWith('  ') ? line : `    ${line}`));
  return [`tsdump: ${first}`, ...more, ''].join('\n');
}

async function perform(argv: readonly string[], environment: NodeJS.ProcessEnv, shutdown: Shutdown): Promise<ExitCode> {
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
  if (commandLine.action === 'options')
    return print(await (await import('./list-options.js')).listOptions(options, shutdown));
  if (commandLine.words.length > 0) {
    await (await import('./read/capture-argument.js')).refuseCaptures(commandLine.words, options.values);
  }
  if (options.values.server) return (await import('./record.js')).record(options, shutdown);
  return (await import('./read/read.js')).read(options, shutdown);
}

function print(text: string): ExitCode {
  process.stdout.write(text);
  return ExitCode.done;
}
