import { quote } from '../../flow/text/quote.js';
import type { ExpressionCursor } from '../cursor.js';

/** Notation for one kind of number. */
export interface Unit {
  /** For error messages. */
  example: string;
  /** The smallest and the largest value that a text denotes; undefined if it is invalid. */
  parse(text: string): readonly [least: number, greatest: number] | undefined;
}

const SIGN = /(?:>=|<=|>|<|==?)?[ \t]*/y;

/** Reads `N`, `N-M`, `>N`, `>=N`, `<N`, `<=N` or `=N`, optionally in quotes. @throws FilterError */
export function readComparison(cursor: ExpressionCursor, unit: Unit): (value: number) => boolean {
  const start = cursor.at;
  const text = cursor.next === '"' || cursor.next === "'" ? cursor.piece()!.text : readUnquoted(cursor);
  const trimmed = text.trim();
  const sign = /^(?:>=|<=|>|<|==?)/.exec(trimmed)?.[0];
  const value = trimmed.slice(sign?.length ?? 0).trimStart();
  const comparison = compare(sign, value, unit);
  if (comparison) return comparison;
  throw cursor.error(start, value ? `${quote(text)} is not valid` : 'the value is missing', unit.example);
}

/** A word. It ends at `&`, `|` or `!`, which never occur in a number. */
function readUnquoted(cursor: ExpressionCursor): string {
  const sign = cursor.match(SIGN)!;
  return sign + (cursor.word('&|!')?.text ?? '');
}

function compare(sign: string | undefined, text: string, unit: Unit): ((value: number) => boolean) | undefined {
  const range = /^([^-]+)-([^-]+)$/.exec(text);
  const first = unit.parse(range ? range[1]! : text);
  const last = range ? unit.parse(range[2]!) : first;
  if (!first || !last || (range && sign)) return undefined;
  const [least] = first;
  const [, greatest] = last;
  switch (sign) {
    case '>':
      return (value) => value > greatest;
    case '>=':
      return (value) => value >= least;
    case '<':
      return (value) => value < least;
    case '<=':
      return (value) => value <= greatest;
    default:
      return least > greatest ? undefined : (value) => value >= least && value <= greatest;
  }
}
