/** Maximum depth, because values are traversed recursively. Deeper ones are compared as bytes. */
const DEEPEST = 500;
/** An integer with this many digits may not be exact as a double. */
const MANY_DIGITS = /\d{16}/;

/** A JSON value: an object, an array or a scalar. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/**
 * Parses JSON text. An integer that a double cannot represent exactly becomes a string of a NUL and its digits, so that
 * different 64-bit ids stay different.
 * @returns undefined for invalid JSON
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
 * The canonical text of a value, which is the same for equal values: members are sorted by name, numbers are normalised, white
 * space is removed.
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
