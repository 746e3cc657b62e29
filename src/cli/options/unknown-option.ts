import { nearest } from '../../filters/nearest.js';
import { cut } from '../../flow/text/quote.js';
import { UsageError } from '../process/exit-error.js';
import { absenceOf } from './mitmdump-options.js';
import { OPTIONS } from './table/index.js';

/**
 * The error for an unknown option.
 * @param place for the message
 * @param show formats an option name in the syntax of its source
 * @param others names of addon options
 */
export function unknownOption(
  place: string,
  name: string,
  show: (option: string) => string = (option) => option,
  others: Iterable<string> = [],
): UsageError {
  const absence = absenceOf(name);
  if (absence) return new UsageError(`${place}: ${name} is ${absence}`, 'option-unknown');
  const guess = nearest(name, [...OPTIONS.keys(), ...others]);
  return new UsageError(
    `${place}: there is no option ${cut(name) || 'without a name'}${guess ? ` (did you mean ${show(guess)}?)` : ''}`,
    'option-unknown',
  );
}
