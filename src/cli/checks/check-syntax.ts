import type { Sign } from '../../addons/checks/check.js';
import type { CountBound } from '../../addons/checks/count-check.js';
import type { LatencyBound, LatencyFigure } from '../../addons/checks/latency-check.js';
import type { FilterError } from '../../filters/index.js';
import { columnOf, ParseError } from '../../flow/text/parse-error.js';

/** A parsed check: its condition and its filter. */
interface Parsed<Bound> {
  readonly bound: Bound;
  /** Empty without a filter. */
  readonly filter: string;
  /** Offset of the filter in UTF-16 units. */
  readonly at: number;
}

const COUNT = 'a count such as 3, >=3, <=3, >3, <3 or 0';
const AT_LEAST_ONE: CountBound = { sign: '>=', count: 1 };

/**
 * Parses `[COUNT:] FILTER`. A text that begins with a comparison sign, or with a number and a colon, has a count.
 * @throws ParseError
 */
export function parseExpectation(text: string): Parsed<CountBound> {
  const cursor = new Words(text);
  const sign = cursor.take(/(?:>=|<=|==?|>|<)[ \t]*/y)?.trim();
  const digits = cursor.take(/\d+/y);
  const colon = digits === undefined ? undefined : cursor.take(/[ \t]*:/y);
  if (sign === undefined && colon === undefined) {
    // Without the colon, `3 ~c 5xx` would search URLs for a 3.
    if (digits !== undefined && cursor.take(/[ \t]+(?=[^ \t])/y) !== undefined)
      throw cursor.error(
        'the colon after the count is missing',
        '3: FILTER; a filter that begins with a number is quoted',
      );
    return { bound: AT_LEAST_ONE, ...filterFrom(text, 0) };
  }
  if (digits === undefined) throw cursor.error('the count is missing', COUNT);
  if (colon === undefined) throw cursor.error('the colon after the count is missing', 'for example >=3: FILTER');
  const count = Number(digits);
  if (!Number.isSafeInteger(count)) throw cursor.error('the count is too large', COUNT);
  const rest = filterFrom(text, cursor.at);
  if (rest.filter === '') throw cursor.error('the filter is missing', 'a filter; ~all matches each flow');
  return { bound: { sign: signOf(sign), count }, ...rest };
}

const UNITS: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, m: 60 };

/** Parses `FIGURE SIGN LIMIT [: FILTER]`. @throws ParseError */
export function parseLatency(text: string): Parsed<LatencyBound> {
  const cursor = new Words(text);
  const word = cursor.peek(/[A-Za-z0-9.]*/y);
  const figure = parseFigure(word.toLowerCase());
  if (figure === undefined)
    throw cursor.error(`${word ? `${word} is not a figure` : 'the figure is missing'}`, FIGURES);
  cursor.at += word.length;
  const sign = cursor.take(/[ \t]*(?:<=|>=|<|>)[ \t]*/y)?.trim();
  if (sign === undefined) throw cursor.error('the comparison is missing', '<, <=, > or >=');
  const number = cursor.take(/\d+(?:\.\d+)?/y);
  const unit = number === undefined ? undefined : cursor.take(/us|ms|s|m(?![a-z])/iy);
  if (number === undefined || unit === undefined) {
    throw cursor.error(
      number === undefined ? 'the limit is missing' : 'the unit is missing',
      'a limit such as 300ms or 1.5s',
    );
  }
  const bound: LatencyBound = { figure, sign: signOf(sign), limit: Number(number) * UNITS[unit.toLowerCase()]! };
  cursor.take(/[ \t]+/y);
  if (cursor.done) return { bound, filter: '', at: cursor.at };
  if (cursor.take(/:/y) === undefined)
    throw cursor.error('the colon before the filter is missing', ': FILTER, or the end');
  const rest = filterFrom(text, cursor.at);
  if (rest.filter === '') throw cursor.error('the filter is missing', 'a filter; without the colon, all flows count');
  return { bound, ...rest };
}

/** An error in the filter of a check, with its place in the whole check. @param at offset of the filter */
export function inCheck(error: FilterError, text: string, at: number): ParseError {
  return new ParseError(text, columnOf(text, at) - 1 + error.column, error.problem, error.expected);
}

const FIGURES = 'p50 to p99.9, max or mean';

function parseFigure(word: string): LatencyFigure | undefined {
  if (word === 'max' || word === 'mean') return word;
  const digits = /^p(\d{1,2}(?:\.\d{1,3})?)$/.exec(word)?.[1];
  const percent = Number(digits);
  return percent > 0 && percent < 100 ? { percent } : undefined;
}

function signOf(sign: string | undefined): Sign {
  return sign === undefined || sign === '==' ? '=' : (sign as Sign);
}

function filterFrom(text: string, at: number): { filter: string; at: number } {
  const filter = text.slice(at).trimStart();
  return { filter: filter.trimEnd(), at: text.length - filter.length };
}

/** Reads a check from left to right. */
class Words {
  at: number;

  constructor(private readonly text: string) {
    this.at = text.length - text.trimStart().length;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  /** The match of a sticky regex at the current position; empty without one. */
  peek(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text)?.[0] ?? '';
  }

  /** Consumes the match of a sticky regex at the current position. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  error(problem: string, expected: string): ParseError {
    return new ParseError(this.text, columnOf(this.text, this.at), problem, expected);
  }
}
