import { BigNumber } from './big-number.js';

/**
 * Numbers with 16 or more digits, or a large exponent, may not be exact as JavaScript numbers. Only the beginning of a number
 * counts, as texts are full of digits: hexadecimal ids, timestamps.
 */
const MAYBE_INEXACT = /(?:^|[[:,\s])-?(?:[\d.]{16}|\d[\d.]{0,15}e[+-]?\d{3})/i;

/** A parsed document. */
export interface JsonDocument {
  /** The value as JavaScript parses it, for paths. */
  readonly plain: unknown;
  /** The same with a `BigNumber` for each number that would lose digits. */
  readonly exact: unknown;
}

/** Parses JSON without losing digits of numbers. @throws SyntaxError */
export function parseExactJson(text: string): JsonDocument {
  const plain: unknown = JSON.parse(text);
  const isExact = !(hasManyDigits(text) || LARGE_EXPONENT.test(text)) || !MAYBE_INEXACT.test(text);
  return { plain, exact: isExact ? plain : new ExactParser(text).parse() };
}

const LARGE_EXPONENT = /\de[+-]?\d{3}/i;
const MANY_DIGITS = 16;

/** Whether the text has 16 digits and points in a row. Such a run has one at an index that is looked at, as only every 16th is. */
function hasManyDigits(text: string): boolean {
  for (let at = MANY_DIGITS - 1; at < text.length; at += MANY_DIGITS) {
    if (!isDigitOrPoint(text.charCodeAt(at))) continue;
    let start = at;
    while (isDigitOrPoint(text.charCodeAt(start - 1))) start--;
    let end = at + 1;
    while (isDigitOrPoint(text.charCodeAt(end))) end++;
    if (end - start >= MANY_DIGITS) return true;
  }
  return false;
}

function isDigitOrPoint(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x2e;
}

const TOKEN = /[\s,:]*(?:([[\]{}])|"((?:[^"\\]|\\.)*)"|(-?\d[\d.eE+-]*)|(true|false|null))/sy;

/** Parses text that is valid JSON. Nesting does not use the call stack. */
class ExactParser {
  constructor(private readonly text: string) {}

  parse(): unknown {
    const { text } = this;
    const outer: (unknown[] | Record<string, unknown>)[] = [];
    let container: unknown[] | Record<string, unknown> | undefined;
    let name: string | undefined;
    let root: unknown;
    TOKEN.lastIndex = 0;
    for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
      const [, bracket, string, number, word] = match;
      if (bracket === '}' || bracket === ']') {
        outer.pop();
        container = outer.at(-1);
        if (!container) break;
        name = undefined;
        continue;
      }
      if (string !== undefined && container && !Array.isArray(container) && name === undefined) {
        name = JSON.parse(`"${string}"`) as string;
        continue;
      }
      const value = bracket ? (bracket === '[' ? [] : {}) : scalar(string, number, word);
      if (!container) root = value;
      else if (Array.isArray(container)) container.push(value);
      else define(container, name!, value);
      if (bracket) {
        outer.push(value as unknown[] | Record<string, unknown>);
        container = outer.at(-1);
      } else if (!container) break;
      name = undefined;
    }
    return root;
  }
}

function scalar(string: string | undefined, number: string | undefined, word: string | undefined): unknown {
  if (string !== undefined) return JSON.parse(`"${string}"`);
  if (number !== undefined) return exactNumber(number);
  return word === 'null' ? null : word === 'true';
}

function exactNumber(text: string): number | BigNumber {
  const value = Number(text);
  if (!/[\d.]{16}|e/i.test(text)) return value;
  const exact = new BigNumber(text);
  return Number.isFinite(value) && new BigNumber(String(value)).value === exact.value ? value : exact;
}

/** `__proto__` is an ordinary name in JSON. */
function define(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  } else object[name] = value;
}
