import { UsageError } from '../process/exit-error.js';
import { placeOf, type ResolvedOptions } from './resolve.js';
import type { OptionName } from './table/index.js';

/** A value with valid syntax turned out to be unusable: a file cannot be read, for example. See `withPlaces`. */
export class UnusableOption extends UsageError {
  override name = 'UnusableOption';
  constructor(
    readonly option: OptionName,
    readonly reason: string,
    /** The unusable value of a repeatable option. */
    readonly value?: string,
  ) {
    super(`${option}: ${reason}`, 'option-value');
  }
}

/** Runs the program. An option that turns out to be unusable is named by the place where it was set. */
export async function withPlaces<Result>(resolved: ResolvedOptions, program: () => Promise<Result>): Promise<Result> {
  try {
    return await program();
  } catch (error) {
    if (!(error instanceof UnusableOption)) throw error;
    if (resolved.origins.get(error.option)!.source === 'default') throw error;
    throw new UsageError(`${placeOf(resolved, error.option, error.value)}: ${error.reason}`, 'option-value');
  }
}
