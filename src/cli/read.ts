import { Ending } from './ending.js';
import type { ExitCode } from './exit-codes.js';
import { UsageError } from './exit-error.js';
import { checkInput, openOutput, refuseSameFile } from './files.js';
import { compileFilters } from './filters.js';
import { readInput } from './input.js';
import type { ResolvedOptions } from './options/resolve.js';
import { openSession } from './session.js';
import { onSignals } from './signals.js';

/** Reads flows without a proxy: filters, shows and writes them (`-n`). @throws ExitError */
export async function read(resolved: ResolvedOptions): Promise<ExitCode> {
  const { values: options } = resolved;
  const { rfile, saveStreamFile } = options;
  if (!rfile)
    throw new UsageError('without a proxy (-n) there has to be something to read: -r FILE, or -r - for stdin');
  const filters = await compileFilters(resolved);
  if (saveStreamFile) refuseSameFile(rfile, saveStreamFile);
  checkInput(rfile);

  const ending = new Ending();
  const sink = saveStreamFile ? await openOutput(saveStreamFile) : undefined;
  const session = await openSession({ options, filters, ending, sink, live: false });
  // Nothing is left to be hurried: the flow at hand is finished in any case.
  onSignals(
    () => ending.ask(),
    () => {},
  );
  await readInput(session, rfile, filters.read);
  await session.close();
  return ending.code;
}
