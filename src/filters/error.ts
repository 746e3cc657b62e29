/**
 * An invalid filter expression. `message` is ready for a terminal: a sentence, the expression, and a caret below the
 * error.
 */
export class FilterError extends Error {
  override name = 'FilterError';

  /**
   * @param expression the whole expression
   * @param column position of the error in characters, from 1; one more than the length means the end
   * @param problem the error, without a full stop
   * @param expected the valid alternatives at that position
   */
  constructor(
    readonly expression: string,
    readonly column: number,
    readonly problem: string,
    readonly expected: string,
  ) {
    super(
      `Invalid filter expression, column ${column}: ${problem}; expected ${expected}\n${pointAt(expression, column)}`,
    );
  }
}

/** The line of the expression that contains the column, with a caret below it. */
export function pointAt(expression: string, column: number): string {
  const characters = [...expression];
  const before = characters.slice(0, column - 1);
  const lineStart = before.lastIndexOf('\n') + 1;
  const rest = characters.slice(lineStart);
  const lineEnd = rest.indexOf('\n');
  const line = rest.slice(0, lineEnd < 0 ? rest.length : lineEnd).map(printable);
  const indent = ' '.repeat(column - 1 - lineStart);
  return `  ${line.join('')}\n  ${indent}^`;
}

/** Replaces control characters, which would move the caret or the terminal's cursor. */
function printable(character: string): string {
  return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(character) ? ' ' : character;
}
