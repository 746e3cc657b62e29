import { compileTextRegex } from '../../regex/index.js';
import type { Cursor, Piece } from '../cursor.js';
import type { FilterSettings } from '../operators/operator.js';
import { parseJsonPath, someAtPath } from './json-path.js';
import { compileWith } from './regex.js';

export type ValueTest = (value: unknown) => boolean;

const PATH = /[^ \t\r\n()~'"=!<>&|]+/y;
const SIGN = /[ \t\r\n]*(?:=~|==?|!=|<=?|>=?)/y;
const PATH_IN_QUOTES = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^"'=!<>\s])+/s;
const SIGN_IN_QUOTES = /^(?:=~|==?|!=|<=?|>=?)/;
const EXPECTED = 'PATH or PATH OP VALUE, such as .user.name = bob; OP is one of = != < <= > >= =~';

/**
 * Reads `PATH OP VALUE`, or `PATH` to test only that a value exists there. Quotes may enclose the whole argument or
 * only the value.
 * @returns a test for a whole JSON value
 * @throws FilterError
 */
export function readJsonTest(cursor: Cursor, settings: FilterSettings): ValueTest {
  const start = cursor.at;
  const { path, sign, value } = cursor.next === '"' || cursor.next === "'" ? readQuoted(cursor) : readWords(cursor);
  const steps = parseJsonPath(path);
  if (!steps)
    throw cursor.error(start, path ? `${JSON.stringify(path)} is not a path` : 'the path is missing', EXPECTED);
  const test = sign && value ? compare(sign, value, cursor, settings) : () => true;
  return (json) => someAtPath(json, steps, test);
}

interface Parts {
  path: string;
  sign?: string;
  value?: Piece;
}

function readWords(cursor: Cursor): Parts {
  const path = cursor.match(PATH) ?? '';
  const sign = cursor.match(SIGN)?.trim();
  if (!sign) return { path };
  cursor.skipSpace();
  const value = cursor.piece();
  if (!value) throw cursor.error(cursor.at, 'the value is missing', EXPECTED);
  return { path, sign, value };
}

/** Reads an argument in one pair of quotes; the value may have its own pair inside. */
function readQuoted(cursor: Cursor): Parts {
  const start = cursor.at;
  const { text, offsets } = cursor.piece()!;
  const trimmed = text.trim();
  const path = PATH_IN_QUOTES.exec(trimmed)?.[0];
  const rest = trimmed.slice(path?.length).trimStart();
  const sign = SIGN_IN_QUOTES.exec(rest)?.[0];
  if (path === undefined || (rest !== '' && !sign)) {
    throw cursor.error(start, `${JSON.stringify(text)} is not valid`, EXPECTED);
  }
  if (!sign) return { path };
  const value = rest.slice(sign.length).trimStart();
  if (!value) throw cursor.error(start, 'the value is missing', EXPECTED);
  const from = text.trimEnd().length - value.length;
  const quoted = value.length > 1 && (value[0] === '"' || value[0] === "'") && value.at(-1) === value[0];
  const inner = quoted ? value.slice(1, -1) : value;
  return { path, sign, value: { text: inner, offsets: offsets.slice(from + (quoted ? 1 : 0)), quoted } };
}

function compare(sign: string, value: Piece, cursor: Cursor, settings: FilterSettings): ValueTest {
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
function equals({ text, quoted }: Piece): ValueTest {
  const literal = quoted ? undefined : parseLiteral(text);
  return (found) => (found === literal && literal !== undefined) || found === text;
}

/** A numeric literal is compared as a number, anything else as a string. */
function ordered(sign: string, { text, quoted }: Piece): ValueTest {
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
