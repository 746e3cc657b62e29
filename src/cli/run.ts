import { ExitCode } from './exit-codes.js';
import { ExitError } from './exit-error.js';

/**
 * Does what the arguments ask for. What is not needed for that is not loaded.
 * @param argv without the names of the runtime and the program
 * @returns the exit code; what was printed may still be on its way
 */
export async function run(argv: readonly string[], environment: NodeJS.ProcessEnv): Promise<ExitCode> {
  try {
    return await perform(argv, environment);
  } catch (error) {
    if (error instanceof ExitError) {
      process.stderr.write(`tsdump: ${error.message}\n`);
      return error.code;
    }
    process.stderr.write(
      `tsdump: an error in tsdump itself: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    return ExitCode.internal;
  }
}

async function perform(argv: readonly string[], environment: NodeJS.ProcessEnv): Promise<ExitCode> {
  // Asked by scripts, alone and often: not worth loading the parser of arguments.
  if (argv.length === 1 && argv[0] === '--version') return print((await import('./version.js')).versionText());
  const { parseCommandLine } = await import('./options/command-line.js');
  const commandLine = parseCommandLine(argv);
  switch (commandLine.action) {
    case 'version':
      return print((await import('./version.js')).versionText());
    case 'help':
      return print((await import('./options/help.js')).helpText(commandLine));
    case 'filter-help':
      return print((await import('../filters/index.js')).filterHelp());
  }
  const { gatherOptions } = await import('./options/gather.js');
  const options = await gatherOptions(commandLine.settings, environment);
  if (commandLine.action === 'options') return print((await import('./options/listing.js')).optionListing(options));
  if (commandLine.words.length > 0) {
    await (await import('./capture-argument.js')).refuseCaptures(commandLine.words, options.values);
  }
  if (options.values.server) return (await import('./record.js')).record(options);
  return (await import('./read.js')).read(options);
}

function print(text: string): ExitCode {
  process.stdout.write(text);
  return ExitCode.done;
}
