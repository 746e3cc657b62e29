import { BACKSLASH, COLON, COMMA, CR, DQUOTE, HTAB, LF, SP } from '../../flow/text/ascii.js';
import { decoded } from './text.js';
import type { WholeView } from './view.js';

/** Deeper structures are not indented as JSON: the indentation would be most of the output. */
const MAX_DEPTH = 100;
const PIECE = 16 * 1024;

/**
 * JSON (RFC 8259), indented by four spaces. The text is reformatted without parsing it into values: numbers keep their digits,
 * strings their escapes, and objects the order and duplicates of their names.
 */
export const jsonView: WholeView = {
  name: 'json',
  whole: true,
  matchesType: (type) => /^[^/]+\/(?:.*\+)?json$/.test(type.essence),
  matchesContent: (head) => /^(?:\xef\xbb\xbf)?[ \t\r\n]*[{[]/.test(head.toString('latin1', 0, 256)),
  format(content, type) {
    const text = decoded(content, type);
    return isJson(text) ? laidOut(text) : undefined;
  },
};

const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Checks the grammar without creating values, so that large content costs no memory. */
function isJson(text: string): boolean {
  /** The closing brackets of the open objects and arrays. */
  const open: number[] = [];
  let at = skipSpace(text, 0);
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      const closer = code === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY;
      if (open.push(closer) > MAX_DEPTH) return false;
      at = skipSpace(text, at + 1);
      if (text.charCodeAt(at) !== closer) {
        if (closer === CLOSE_OBJECT) at = skipName(text, at);
        if (at < 0) return false;
        continue;
      }
    } else {
      at = skipAtom(text, at);
      if (at < 0) return false;
      at = skipSpace(text, at);
    }
    // A value or an empty structure has ended.
    while (open.length > 0 && text.charCodeAt(at) === open.at(-1)) {
      open.pop();
      at = skipSpace(text, at + 1);
    }
    if (open.length === 0) return at === text.length;
    if (text.charCodeAt(at) !== COMMA) return false;
    at = skipSpace(text, at + 1);
    if (open.at(-1) === CLOSE_OBJECT) at = skipName(text, at);
    if (at < 0) return false;
  }
}

/** Indents valid JSON. */
function* laidOut(text: string): Generator<string> {
  let out = '';
  let depth = 0;
  let at = skipSpace(text, 0);
  while (at < text.length) {
    const code = text.charCodeAt(at);
    let end = at + 1;
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      const next = skipSpace(text, end);
      const closing = text.charCodeAt(next);
      if (closing === CLOSE_OBJECT || closing === CLOSE_ARRAY) {
        out += text[at]! + text[next]!;
        end = next + 1;
      } else out += text[at]! + newline(++depth);
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) out += newline(--depth) + text[at]!;
    else if (code === COMMA) out += `,${newline(depth)}`;
    else if (code === COLON) out += ': ';
    else {
      end = skipAtom(text, at);
      out += text.slice(at, end);
    }
    at = skipSpace(text, end);
    if (out.length >= PIECE) {
      yield out;
      out = '';
    }
  }
  yield out;
}

function newline(depth: number): string {
  return `\n${'    '.repeat(depth)}`;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== SP && code !== LF && code !== CR && code !== HTAB) return at;
    at++;
  }
}

/** Skips the name of a member and its colon. @returns the start of the value, or -1 */
function skipName(text: string, from: number): number {
  if (text.charCodeAt(from) !== DQUOTE) return -1;
  const end = skipString(text, from);
  if (end < 0) return -1;
  const colon = skipSpace(text, end);
  return text.charCodeAt(colon) === COLON ? skipSpace(text, colon + 1) : -1;
}

/** Skips a string, number or literal. @returns its end, or -1 */
function skipAtom(text: string, from: number): number {
  if (text.charCodeAt(from) === DQUOTE) return skipString(text, from);
  const scalar = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
  scalar.lastIndex = from;
  return scalar.test(text) ? scalar.lastIndex : -1;
}

function skipString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DQUOTE) return at + 1;
    if (code < SP) return -1;
    if (code === BACKSLASH) {
      const valid = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
      valid.lastIndex = at;
      if (!valid.test(text)) return -1;
      at = valid.lastIndex - 1;
    }
  }
  return -1;
}
