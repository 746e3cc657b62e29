import { quote } from '../../flow/text/quote.js';
import { type JsonPath, PathError, PathLimitError, parsePath, pathLength } from '../../json-path/index.js';
import { compileTextRegex } from '../../regex/index.js';
import type { ExpressionCursor, UnquotedText } from '../cursor.js';
import type { FilterSettings } from '../operators/operator.js';
import { compileWith } from './regex.js';

export type ValueTest = (value: unknown) => boolean;

/** Characters that end a path outside of brackets. */
const AFTER_PATH = `()~'"=!<>&|`;
const AFTER_PATH_IN_QUOTES = `"'=!<>`;
const SIGN = /[ \t\r\n]*(?:=~|==?|!=|<=?|>=?)/y;
const SIGN_IN_QUOTES = /^(?:=~|==?|!=|<=?|>=?)/;
const EXPECTED = 'PATH or PATH OP VALUE, such as .user.name = bob; OP is one of = != < <= > >= =~';

/**
 * Reads `PATH OP VALUE`, or `PATH` to test only that a value exists there. Quotes may enclose the whole argument or
 * only the value.
 * @returns a test for a whole JSON value
 * @throws FilterError
 */
export function readJsonTest(cursor: ExpressionCursor, settings: FilterSettings): ValueTest {
  const start = cursor.at;
  const { path, offsets, sign, value } =
    cursor.next === '"' || cursor.next === "'" ? readQuoted(cursor) : readWords(cursor);
  if (path === '') throw cursor.error(start, 'the path is missing', EXPECTED);
  const parsed = parse(path, offsets, cursor);
  const test = sign && value ? compare(sign, value, cursor, settings) : () => true;
  return (json) => someWithin(parsed, json, test);
}

/** @throws FilterError at the place in the path */
function parse(path: string, offsets: readonly number[], cursor: ExpressionCursor): JsonPath {
  try {
    return parsePath(path);
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    throw cursor.error(
      offsets[Math.min(error.offset, offsets.length - 1)]!,
      `${quote(path)} is not a path: ${error.message}`,
      EXPECTED,
    );
  }
}

/** As for regexes, an exceeded step limit means no match. */
function someWithin(path: JsonPath, json: unknown, test: ValueTest): boolean {
  try {
    return path.some(json, test);
  } catch (error) {
    if (error instanceof PathLimitError) return false;
    throw error;
  }
}

interface Parts {
  path: string;
  /** Offsets of the path's characters in the expression. */
  offsets: readonly number[];
  sign?: string;
  value?: UnquotedText;
}

function readWords(cursor: ExpressionCursor): Parts {
  const { at, expression } = cursor;
  const length = pathLength(expression, at, AFTER_PATH);
  const path = expression.slice(at, at + length);
  const offsets = Array.from({ length: length + 1 }, (_, index) => at + index);
  cursor.at += length;
  const sign = cursor.match(SIGN)?.trim();
  if (!sign) return { path, offsets };
  cursor.skipSpace();
  const value = cursor.piece();
  if (!value) throw cursor.error(cursor.at, 'the value is missing', EXPECTED);
  return { path, offsets, sign, value };
}

/** Reads an argument in one pair of quotes; the value may have its own pair inside. */
function readQuoted(cursor: ExpressionCursor): Parts {
  const start = cursor.at;
  const { text, offsets } = cursor.piece()!;
  const trimmed = text.trim();
  const path = trimmed.slice(0, pathLength(trimmed, 0, AFTER_PATH_IN_QUOTES));
  const pathOffsets = offsets.slice(text.length - text.trimStart().length);
  const rest = trimmed.slice(path.length).trimStart();
  const sign = SIGN_IN_QUOTES.exec(rest)?.[0];
  if (path === '' || (rest !== '' && !sign)) {
    throw cursor.error(start, `${quote(text)} is not valid`, EXPECTED);
  }
  if (!sign) return { path, offsets: pathOffsets };
  const value = rest.slice(sign.length).trimStart();
  if (!value) throw cursor.error(start, 'the value is missing', EXPECTED);
  const from = text.trimEnd().length - value.length;
  const quoted = value.length > 1 && (value[0] === '"' || value[0] === "'") && value.at(-1) === value[0];
  const inner = quoted ? value.slice(1, -1) : value;
  return {
    path,
    offsets: pathOffsets,
    sign,
    value: { text: inner, offsets: offsets.slice(from + (quoted ? 1 : 0)), quoted },
  };
}

function compare(sign: string, value: UnquotedText, cursor: ExpressionCursor, settings: FilterSettings): ValueTest {
  switch (sign) {
    case '=':
    case '==':
      return equals(value);
    case '!=': {
      const same = equals(value);
      return (found) => !same(found);
    }
    case '=~': {
      const test = compileWith(compileTextRegex, cursor, value, settings);
      return (found) => isScalar(found) && test(String(found));
    }
    default:
      return ordered(sign, value);
  }
}

/** A quoted value is a string. An unquoted one matches its JSON literal, or a string with the same characters. */
function equals({ text, quoted }: UnquotedText): ValueTest {
  const literal = quoted ? undefined : parseLiteral(text);
  return (found) => (found === literal && literal !== undefined) || found === text;
}

/** A numeric literal is compared as a number, any other text as a string. */
function ordered(sign: string, { text, quoted }: UnquotedText): ValueTest {
  const literal = quoted ? text : (parseLiteral(text) ?? text);
  const limit = typeof literal === 'number' ? literal : text;
  return (found) => {
    if (typeof found !== typeof limit) return false;
    const value = found as typeof limit;
    if (sign === '<') return value < limit;
    if (sign === '<=') return value <= limit;
    return sign === '>' ? value > limit : value >= limit;
  };
}

function parseLiteral(text: string): number | boolean | null | undefined {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  return /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
