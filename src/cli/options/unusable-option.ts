import { UsageError } from '../process/exit-error.js';
import type { ResolvedOptions } from './resolve.js';
import type { OptionName } from './table/index.js';

/** A value with valid syntax turned out to be unusable: a file cannot be read, for example. See `withPlaces`. */
export class UnusableOption extends UsageError {
  override name = 'UnusableOption';
  constructor(
    readonly option: OptionName,
    readonly reason: string,
  ) {
    super(`${option}: ${reason}`, 'option-value');
  }
}

/** Runs the program. An option that turns out to be unusable is named by the place where it was set. */
export async function withPlaces<Result>(
  { origins }: ResolvedOptions,
  program: () => Promise<Result>,
): Promise<Result> {
  try {
    return await program();
  } catch (error) {
    if (!(error instanceof UnusableOption)) throw error;
    const { source, place } = origins.get(error.option)!;
    if (source === 'default') throw error;
    throw new UsageError(`${place}: ${error.reason}`, 'option-value');
  }
}
