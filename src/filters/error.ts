import { ParseError, pointAt } from '../flow/text/parse-error.js';

/**
 * An invalid filter expression. `message` is ready for a terminal: a sentence, the expression, and a caret below the
 * error.
 */
export class FilterError extends ParseError {
  override name = 'FilterError';

  constructor(expression: string, column: number, problem: string, expected: string) {
    const sentence = `Invalid filter expression, column ${column}: ${problem}; expected ${expected}`;
    super(expression, column, problem, expected, `${sentence}\n${pointAt(expression, column)}`);
  }
}
