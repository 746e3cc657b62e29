/** Deeper values are compared as bytes, because they are walked recursively. */
const DEEPEST = 500;
/** Digits of integers that a double may not tell apart. */
const MANY_DIGITS = /\d{16}/;

/** A JSON value as an object, an array or a scalar. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/**
 * The value of a JSON text. Integers that a double cannot tell apart become strings of their digits behind a NUL, so that two
 * ids of 64 bits are never taken for the same.
 * @returns undefined if it is not JSON
 */
export function parseJson(text: string): Json | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return MANY_DIGITS.test(text) ? (JSON.parse(withLongNumbersQuoted(text)) as Json) : value;
  } catch {
    return undefined;
  }
}

/**
 * A text that is the same for equal values: members sorted by name, numbers by value, no white space.
 * @returns undefined if the value is too deep
 */
export function canonicalJson(value: Json, depth = 0): string | undefined {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (depth > DEEPEST) return undefined;
  const isArray = Array.isArray(value);
  const parts: string[] = [];
  for (const key of isArray ? value.keys() : Object.keys(value).sort()) {
    const text = canonicalJson((value as Record<string | number, Json>)[key]!, depth + 1);
    if (text === undefined) return undefined;
    parts.push(isArray ? text : `${JSON.stringify(key)}:${text}`);
  }
  return isArray ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
}

/** @param text valid JSON */
function withLongNumbersQuoted(text: string): string {
  let quoted = '';
  let copied = 0;
  for (let at = 0; at < text.length; ) {
    if (text[at] === '"') {
      at = endOfString(text, at);
      continue;
    }
    if (!isNumeric(text[at]!)) {
      at++;
      continue;
    }
    const start = at;
    while (at < text.length && isNumeric(text[at]!)) at++;
    const number = text.slice(start, at);
    if (/^-?\d{16,}$/.test(number)) {
      quoted += `${text.slice(copied, start)}"\\u0000${number}"`;
      copied = at;
    }
  }
  return quoted + text.slice(copied);
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function isNumeric(char: string): boolean {
  return (char >= '0' && char <= '9') || char === '-' || char === '+' || char === '.' || char === 'e' || char === 'E';
}
