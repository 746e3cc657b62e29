/** A mistake in a short text that the user has written, such as a rule, a check or a filter expression. */
export class ParseError extends Error {
  override name = 'ParseError';

  /**
   * @param text the whole text
   * @param column position of the mistake in characters, from 1; one more than the length means the end
   * @param problem the error, without a full stop
   * @param expected the valid alternatives at that position
   */
  constructor(
    readonly text: string,
    readonly column: number,
    readonly problem: string,
    readonly expected: string,
    message = `column ${column}: ${problem}; expected ${expected}`,
  ) {
    super(message);
  }
}

/** The column of an offset in UTF-16 units, in characters, from 1. */
export function columnOf(text: string, offset: number): number {
  return [...text.slice(0, offset)].length + 1;
}

/** Number of characters to show before and after the column in a long line. */
const CONTEXT = 60;

/**
 * The line of a text that contains the column, with a caret below it. A long line is cut on both sides.
 * @param column in characters, from 1
 */
export function pointAt(text: string, column: number): string {
  const characters = [...text];
  const before = characters.slice(0, column - 1);
  const lineStart = before.lastIndexOf('\n') + 1;
  const rest = characters.slice(lineStart);
  const lineEnd = rest.indexOf('\n');
  const line = rest.slice(0, lineEnd < 0 ? rest.length : lineEnd).map(printable);
  const at = column - 1 - lineStart;
  const isLong = line.length > 2 * CONTEXT;
  const from = isLong && at > CONTEXT ? at - CONTEXT : 0;
  const to = isLong ? at + CONTEXT : line.length;
  const shown = `${from > 0 ? '…' : ''}${line.slice(from, to).join('')}${to < line.length ? '…' : ''}`;
  const indent = ' '.repeat(at - from + (from > 0 ? 1 : 0));
  return `  ${shown}\n  ${indent}^`;
}

/** Replaces control characters, which would move the caret or the terminal's cursor. */
function printable(character: string): string {
  return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(character) ? ' ' : character;
}
