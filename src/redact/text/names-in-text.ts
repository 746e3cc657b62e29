import { BACKSLASH, COLON, HTAB, SP } from '../../flow/text/ascii.js';
import { LONGEST_NAME } from '../names/secret-names.js';
import { isOpaque } from '../names/values.js';
import { jsonValue } from './json-value.js';
import { memberAt } from './member-in-bytes.js';
import { encodedPair, lineValue, pairValue, valueInSentence } from './pairs-in-text.js';
import type { Named, Scan } from './scan.js';
import {
  encodedElement,
  partContent,
  siblingAttribute,
  siblingElement,
  siblingMember,
  valueInTag,
  xmlElement,
} from './siblings.js';
import { backslashesBefore, endOfString, isQuote, unescaped } from './strings.js';
import { yamlSibling } from './yaml.js';

/** The text after a quoted name: `: ` or `=> `. */
const AFTER_QUOTED = /["']\s{0,100}(?::|=>)\s{0,100}/y;
/** The text after a JSON name in an HTML attribute or in a URL. */
const AFTER_ENTITY = /&(?:quot|#34|#x22);\s{0,100}:\s{0,100}&(?:quot|#34|#x22);/iy;
const AFTER_PERCENT = /%22(?:%20|\+){0,8}%3a(?:%20|\+){0,8}%22/iy;
const ENCODED_EQUALS = /(?:%5d)?%3d/iy;
const AFTER_PLAIN = /[ \t]{0,100}(?::=|=>|[:=])[ \t]{0,100}/y;
/** The text after the name in `env["TOKEN"] = "x"` and `set("token", "x")`. */
const AFTER_INDEX = /["']\s{0,20}\]\s{0,20}=\s{0,20}(?=["'])/y;
const AFTER_ARGUMENT = /["']\s{0,20},\s{0,20}(?=["'])/y;

/**
 * Redacts the value of the name at a hit, if it is a secret name. A hit is the offset of a trigger. Most hits are in words that
 * are not names, or in members of JSON; these are handled without decoding the text.
 * @param hit an offset inside the name
 */
export function nameAt(scan: Scan, hit: number): void {
  const { bytes, length } = scan.input;
  let start = hit;
  while (start > 0 && hit - start < LONGEST_NAME && NAME_CHARACTERS[bytes[start - 1]!] === 1) start--;
  let end = hit;
  while (end < length && end - start <= LONGEST_NAME && NAME_CHARACTERS[bytes[end]!] === 1) end++;
  // Two hexadecimal digits after a percent sign are not part of the name.
  if (start > 0 && bytes[start - 1] === PERCENT && end - start > 2) start += 2;
  if (start >= end || !mayBeName(bytes, start, end, length) || memberAt(scan, start, end)) return;
  let closing = end;
  while (closing < length && bytes[closing] === BACKSLASH) closing++;
  // `"user[password]"`, as the name of a field or a member.
  if (bytes[closing] === BRACKET && closing === end) closing++;
  if (closing < length && isQuote(bytes[closing]!)) return quotedName(scan, start, end, closing);
  const { rule, name } = scan.names.ofBytes(bytes, start, end);
  if (rule) plainName(scan, { rule, name, from: start }, end);
}

/** Whether a word is in a position where a name is possible. Most words of a text are not. */
function mayBeName(bytes: Uint8Array, start: number, end: number, length: number): boolean {
  const before = start > 0 ? bytes[start - 1]! : 0;
  if (before === LESS || before === COLON || before === GREATER) return true;
  // A command-line option, an attribute without quotes, or a name in YAML.
  if (before === EQUALS || before === APOSTROPHE || (bytes[start] === DASH && bytes[start + 1] === DASH)) return true;
  if (before === SP && start > 1 && bytes[start - 2] === COLON) return true;
  let at = end;
  while (at < length && (bytes[at] === SP || bytes[at] === HTAB)) at++;
  if (at >= length) return false;
  const after = bytes[at]!;
  if (after === COLON || after === EQUALS) return true;
  // A quote, a backslash before one, `]`, `%3d` or `&quot;`.
  return (
    at === end && (isQuote(after) || after === BACKSLASH || after === BRACKET || after === PERCENT || after === AND)
  );
}

const SLASH = 47;
const LESS = 60;
const APOSTROPHE = 39;
const DASH = 45;
const EQUALS = 61;
const GREATER = 62;
const BRACKET = 93;
const PERCENT = 37;
const AND = 38;

/** Redacts the value of a name that a quote follows. @param closing offset of the quote */
export function quotedName(scan: Scan, start: number, end: number, closing: number): void {
  const { text } = scan;
  const quote = text[closing]!;
  const escapes = backslashesBefore(text, closing);
  let from = start;
  // Quoted names may contain spaces and other characters.
  while (from > 0 && end - from < LONGEST_NAME && text[from - 1] !== quote && text[from - 1]! >= ' ') from--;
  if (text[from - 1] !== quote) {
    // In `Bearer=x"`, the quote ends a string that contains the name.
    const named = nameBetween(scan, start, end);
    if (named && text[end] !== quote) plainName(scan, named, end);
    return;
  }
  const named = nameBetween(scan, from, end) ?? (from < start ? undefined : nameBetween(scan, start, end));
  if (!named) return;
  AFTER_QUOTED.lastIndex = closing;
  const colon = AFTER_QUOTED.exec(text);
  if (colon && backslashesBefore(text, from - 1) === escapes) {
    if (named.rule.values !== 'code' || scan.isInExchange(from))
      jsonValue(scan, named, closing + colon[0].length, escapes);
    return;
  }
  if (named.rule.values === 'code' && !scan.isInExchange(from)) return;
  if (/name=$/i.test(text.slice(Math.max(0, from - 6), from - 1)) && partContent(scan, named, closing)) return;
  if (siblingAttribute(scan, named, from - 1, closing + 1) || assignedValue(scan, named, from - 1, closing)) return;
  siblingMember(scan, named, from - 1, closing + 1, escapes);
}

/**
 * Redacts the value in `env["TOKEN"] = "x"` and `set("token", "x")` if it looks like a credential.
 * @param open start of the opening quote
 */
function assignedValue(scan: Scan, named: Named, open: number, closing: number): boolean {
  const { text } = scan;
  const before = text[open - 1];
  if (before !== '[' && before !== '(') return false;
  const pattern = before === '[' ? AFTER_INDEX : AFTER_ARGUMENT;
  pattern.lastIndex = closing;
  const separator = pattern.exec(text)?.[0];
  if (separator === undefined) return false;
  const start = closing + separator.length;
  const end = endOfString(text, start + 1, text.charCodeAt(start), 0, start + LONGEST_ASSIGNED);
  const secret = unescaped(text.slice(start + 1, end), 0);
  if (isOpaque(secret, SHORTEST_ASSIGNED) || /^(?:Bearer|Basic|token) /i.test(secret)) {
    scan.putValue(named, { start: start + 1, end, secret });
  }
  return true;
}

const SHORTEST_ASSIGNED = 8;
const LONGEST_ASSIGNED = 4096;

/** Redacts the value of a name without quotes: a pair, a line, an element. */
function plainName(scan: Scan, named: Named, end: number): void {
  const { text } = scan;
  const { from } = named;
  const before = text[from - 1];
  const after = text[end];
  if ((before === '<' || before === ':') && xmlElement(scan, named, end)) return;
  if (before === ';' && /&lt;$/i.test(text.slice(from - 4, from)) && encodedElement(scan, named, end)) return;
  if (before === '>' && after === '<' && siblingElement(scan, named, end)) return;
  if (scan.kind === 'binary' || (after === '%' && percentValue(scan, named, end))) return;
  if (after === '&') {
    AFTER_ENTITY.lastIndex = end;
    const entity = AFTER_ENTITY.exec(text);
    if (entity) return encodedPair(scan, named, end + entity[0].length, ENTITY_QUOTE);
  }
  let behind = end;
  if (after === ']') behind = end + 1;
  else if (after === '%' && /^%5d=/i.test(text.slice(end, end + 4))) behind = end + 3;
  AFTER_PLAIN.lastIndex = behind;
  const separator = AFTER_PLAIN.exec(text)?.[0];
  if (separator === undefined) return valueElsewhere(scan, named, end);
  const value = behind + separator.length;
  if (separator.includes('=')) pairValue(scan, named, value, separator.length === 1);
  else lineValue(scan, named, value);
}

/** Redacts the value after a name and a separator with percent-encoding. @returns whether there is one */
function percentValue(scan: Scan, named: Named, end: number): boolean {
  const { text } = scan;
  ENCODED_EQUALS.lastIndex = end;
  const equals = ENCODED_EQUALS.exec(text);
  AFTER_PERCENT.lastIndex = end;
  const colon = equals ? undefined : AFTER_PERCENT.exec(text);
  if (equals) encodedPair(scan, named, end + equals[0].length, ENCODED_END);
  else if (colon) encodedPair(scan, named, end + colon[0].length, ENCODED_QUOTE);
  return equals !== null || !!colon;
}

/** Redacts the value of a name that is not followed by a separator. */
function valueElsewhere(scan: Scan, named: Named, end: number): void {
  const { text } = scan;
  const { from } = named;
  const before = text.slice(Math.max(0, from - 24), from);
  if (/\bname(?:=|\*=(?:utf-8)?'[\w-]{0,8}')$/i.test(before)) {
    const open = text.slice(Math.max(0, from - TAG), from).lastIndexOf('<');
    const start = Math.max(0, from - TAG) + open;
    if (open >= 0 && !/[>\r\n]/.test(text.slice(start, from))) {
      valueInTag(scan, named, start, /^<[^<>]*/.exec(text.slice(start, start + TAG))![0]);
    } else partContent(scan, named, end);
    return;
  }
  if (/\b(?:name|key):[ \t]{1,8}$/.test(before)) return yamlSibling(scan, named, end);
  if (!text.startsWith('--', from) || (text[end] !== ' ' && text[end] !== '\t')) return;
  let start = end;
  while (text[start] === ' ') start++;
  valueInSentence(scan, named, start);
}

/** Maximum length of a tag that is searched for the attribute with the value. */
const TAG = 1024;

const ENCODED_END = /(?:[^%&\s"'<>\\]|%(?!26|3b|22|0a|0d))*/iy;
const ENCODED_QUOTE = /(?:[^%&\s"'<>\\]|%(?!22))*/iy;
const ENTITY_QUOTE = /[^&<>"]*(?:&(?!quot;|#34;|#x22;)[^&<>"]*)*/iy;

function nameBetween({ text, names }: Scan, start: number, end: number): Named | undefined {
  const name = text.slice(start, end);
  // The paths of an API description are no names.
  if (name.charCodeAt(0) === SLASH) return undefined;
  const rule = names.rule(name);
  return rule && { rule, name, from: start };
}

/** By character code: 1 for the characters of names, which are letters, digits, `_`, `-`, `.` and `$`. */
const NAME_CHARACTERS = Uint8Array.from({ length: 256 }, (_, code) =>
  /[\w.$-]/.test(String.fromCharCode(code)) ? 1 : 0,
);
