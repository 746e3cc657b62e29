import { isOpaque, isVariable } from '../names/values.js';
import type { FoundValue, Named, Scan } from './scan.js';
import { backslashesBefore, endOfString, isQuote, unescaped } from './strings.js';

const NUMBER = /-?\d[\d.eE+-]*/y;
const SPACE = /\s*/y;
/** A word, after the tag of YAML (1.2.2, 6.9.1). */
const BARE = /(?:![\w:/.-]{0,60} {1,4})?([A-Za-z][^\s,}\]"'\\]{0,4096})/y;
const SHORTEST_BARE = 8;
/** Minimum number of digits of a secret. Shorter numbers are usually counts or codes. */
const SHORT_NUMBER = 4;
/** Members that hold the secret if a secret name has an object as value. */
const VALUE_MEMBERS = /^(?:value|plain|plaintext|text|raw|data|content|secret|current|old|new|hash|\d+)$/i;
/** Maximum length of an array or object that is searched as a value. */
const LONGEST = 256 * 1024;
const MAX_LEVELS = 8;

/**
 * Redacts the value after a name and a colon, in JSON, JavaScript or Python.
 * @param escapes number of backslashes before each quote
 */
export function jsonValue(scan: Scan, named: Named, start: number, escapes: number): void {
  const { text } = scan;
  const open = start + escapes;
  const first = text[open] ?? '';
  if (isQuote(first.charCodeAt(0)) && backslashesBefore(text, open) === escapes) {
    stringValue(scan, named, open, escapes);
    return;
  }
  if (text[start] === '[' || text[start] === '{') return container(scan, named, start, escapes);
  if (scan.kind === 'code' || bareValue(scan, named, start) || !named.rule.numbers) return;
  NUMBER.lastIndex = start;
  const number = NUMBER.exec(text)?.[0];
  if (number === undefined || (number.length < SHORT_NUMBER && !/pass|pwd|otp/i.test(named.name))) return;
  const quote = `${'\\'.repeat(escapes)}"`;
  scan.putValue(named, { start, end: start + number.length, secret: number, wrap: (value) => quote + value + quote });
}

/** Redacts a value without quotes, as in YAML, if it looks like a credential. */
function bareValue(scan: Scan, named: Named, start: number): boolean {
  BARE.lastIndex = start;
  const [whole, value] = BARE.exec(scan.text) ?? [];
  if (whole === undefined || !isOpaque(value!, SHORTEST_BARE) || isVariable(value!)) return false;
  const end = start + whole.length;
  return scan.putValue(named, { start: end - value!.length, end, secret: value! });
}

/** @returns the offset after the string */
function stringValue(scan: Scan, named: Named, open: number, escapes: number): number {
  const { text } = scan;
  const end = endOfString(text, open + 1, text.charCodeAt(open), escapes, scan.limitFor(named.rule, open));
  const secret = unescaped(text.slice(open + 1, end), escapes);
  scan.putValue(named, { start: open + 1, end, secret });
  return end + escapes + 1;
}

/** Redacts the strings of an array and, in objects, the strings that are values rather than descriptions. */
function container(scan: Scan, named: Named, start: number, escapes: number): void {
  const { text } = scan;
  const end = Math.min(text.length, start + LONGEST);
  const levels: string[] = [];
  let key: string | undefined;
  for (let at = start; at < end; at++) {
    const character = text[at]!;
    if (character === '[' || character === '{') {
      levels.push(character);
      if (levels.length > MAX_LEVELS) return;
    } else if (character === ']' || character === '}') {
      levels.pop();
      if (levels.length === 0) return;
    } else if (character === ',') key = levels.at(-1) === '[' ? key : undefined;
    else if (isQuote(character.charCodeAt(0))) {
      const close = endOfString(text, at + 1, character.charCodeAt(0), escapes, end);
      const content = unescaped(text.slice(at + 1, close), escapes);
      const after = close + escapes + 1;
      const inObject = levels.at(-1) === '{';
      if (inObject && text[afterSpace(text, after)] === ':') key = content;
      else stringInContainer(scan, named, { key, inObject }, { start: at + 1, end: close, secret: content });
      at = after - 1;
    }
  }
}

/** Redacts a string in the container that is the value of `named`. @param place in its object or array */
function stringInContainer(
  scan: Scan,
  named: Named,
  { key, inObject }: { key: string | undefined; inObject: boolean },
  value: FoundValue,
): void {
  const rule = key === undefined ? undefined : scan.names.rule(key);
  // A name that is secret only in queries, such as the name of a cookie, leaves the decision to the outer one.
  if (rule && rule.values !== 'code' && !rule.pairsOnly) scan.putValue({ rule, name: key!, from: named.from }, value);
  else if (!inObject || VALUE_MEMBERS.test(key ?? '') || isOpaque(value.secret)) scan.putValue(named, value);
}

function afterSpace(text: string, from: number): number {
  SPACE.lastIndex = from;
  return from + SPACE.exec(text)![0].length;
}
