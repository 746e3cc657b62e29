import { inspect } from 'node:util';
import { oneLine } from '../../flow/text/quote.js';
import { locationText, type SourceLocation } from './source-location.js';

/** A script that cannot be loaded. */
export class ScriptError extends Error {
  override name = 'ScriptError';
  readonly code = 'SCRIPT_ERROR';

  /**
   * @param problems messages for a terminal: location and reason, then optional lines such as the source with a caret
   * @param files the files that were read, to be watched for a corrected version
   */
  constructor(
    readonly problems: readonly string[],
    readonly files: readonly string[] = [],
  ) {
    super(problems.join('\n'));
  }
}

/** Maximum number of columns of a source line to show. */
const WIDTH = 100;

/**
 * A message about a location in a source file.
 * @param text the source line, if it is known @param length characters to mark
 */
export function problemAt(location: SourceLocation, reason: string, text?: string, length = 1): string {
  const head = `${locationText(location)}: ${reason}`;
  if (text === undefined) return head;
  const from = Math.max(0, location.column - 1 - WIDTH / 2);
  const line = text.slice(from, from + WIDTH).replace(/\s/g, ' ');
  const gutter = String(location.line);
  const indent = ' '.repeat(location.column - 1 - from);
  const marks = length > 1 ? '~'.repeat(Math.min(length, WIDTH / 2)) : '^';
  return `${head}\n  ${gutter} | ${oneLine(line)}\n  ${' '.repeat(gutter.length)} | ${indent}${marks}`;
}

/** A thrown value of any type as one line: `TypeError: x is not a function`. */
export function thrownText(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${inspect(error, { depth: 1, breakLength: Number.POSITIVE_INFINITY })}`;
  return error.message === '' ? error.name : `${error.name}: ${error.message}`;
}
