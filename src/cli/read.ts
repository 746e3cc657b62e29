import { checkCompression } from './compression.js';
import type { Ending } from './ending.js';
import { ExitCode } from './exit-codes.js';
import { UsageError } from './exit-error.js';
import { checkOutputs } from './files.js';
import { compileFilters } from './filters.js';
import { onHangup } from './hangup.js';
import { readInputs } from './input.js';
import { findInputs } from './inputs.js';
import type { ResolvedOptions } from './options/resolve.js';
import { openSession } from './session.js';
import { onSignals } from './signals.js';
import { onStrayErrors } from './stray-errors.js';

/** Reads flows without a proxy: filters, shows and writes them (`-n`). @throws ExitError */
export async function read(resolved: ResolvedOptions, ending: Ending): Promise<ExitCode> {
  const { values: options } = resolved;
  const { rfile } = options;
  if (rfile.length === 0) {
    throw new UsageError('without a proxy (-n) there has to be something to read: -r FILE, or -r - for stdin');
  }
  const filters = await compileFilters(resolved);
  checkCompression(resolved);
  const inputs = await findInputs(rfile, options.strict);
  checkOutputs(options, inputs.paths);

  const session = await openSession({ options, filters, ending, inputs: inputs.paths, live: false });
  onSignals(ending);
  onHangup(ending, session.outputs);
  onStrayErrors((message) => {
    session.log.error(message);
    ending.ask(ExitCode.internal);
  });
  try {
    await session.openOutputs();
    await readInputs(session, inputs, filters.read);
  } finally {
    await session.close();
  }
  return ending.code;
}
