import { COLON, HTAB, SP } from '../text/ascii.js';
import { trimOws } from '../text/white-space.js';

/** A field name and its value, as text in which each character is one byte (latin1). */
export type Field = [name: string, value: string];

/** Names in ASCII. They have no colon, except the leading one of a pseudo-header. */
const SEARCHABLE = /^:?[!-9;-~]+$/;

/** Number of look-ups that search the text. After that, the block is parsed, which costs as much as several of them. */
const MAX_SEARCHES = 3;

/** A block within the memory of a capture. Neither a view of its bytes nor its fields may ever be necessary. */
export class UnreadBlock {
  private text: string | undefined;
  private searches = 0;

  /** @param memory contains complete lines from `start` to `end` */
  constructor(
    private readonly memory: Buffer,
    private readonly start: number,
    private readonly end: number,
  ) {}

  get bytes(): Buffer {
    return this.memory.subarray(this.start, this.end);
  }

  /** @param wanted the name in lower case @returns undefined without such a field; null if the block has to be parsed */
  find(wanted: string): string | undefined | null {
    return this.searches++ < MAX_SEARCHES ? findValue(this.latin1(), wanted) : null;
  }

  /** @param lines as for `parseBlock` */
  parse(lines?: string[]): Field[] {
    const fields = parseBlock(this.latin1(), lines);
    this.text = undefined;
    return fields;
  }

  private latin1(): string {
    this.text ??= this.memory.toString('latin1', this.start, this.end);
    return this.text;
  }
}

/**
 * Finds the value of a field in the text of a block without parsing the block. Several lines are joined by `, `.
 * @param wanted the name in lower case
 * @returns undefined without such a field; null if a line needs the rules of `parseBlock`
 */
function findValue(text: string, wanted: string): string | undefined | null {
  if (!SEARCHABLE.test(wanted)) return null;
  let found: string | undefined;
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\r\n', start);
    // White space at the start of a line is part of a folded value, or in front of a name.
    if (end < 0 || isBlank(text.charCodeAt(start))) return null;
    const after = start + wanted.length;
    if (after <= end && isSameName(text, start, wanted)) {
      const next = text.charCodeAt(after);
      if (after === end || isBlank(next) || (next === COLON && isBlank(text.charCodeAt(end + 2)))) return null;
      if (next === COLON) {
        const value = trimOws(text, after + 1, end);
        found = found === undefined ? value : `${found}, ${value}`;
      }
    }
    start = end + 2;
  }
  return found;
}

function isSameName(text: string, start: number, wanted: string): boolean {
  for (let at = 0; at < wanted.length; at++) {
    const code = text.charCodeAt(start + at);
    const lower = code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
    if (lower !== wanted.charCodeAt(at)) return false;
  }
  return true;
}

function isBlank(code: number): boolean {
  return code === SP || code === HTAB;
}

/** Comparing lengths first is safe: lower-casing does not change the length of latin1 text. */
export function isNamed(key: string, wanted: string): boolean {
  return key.length === wanted.length && (key === wanted || key.toLowerCase() === wanted);
}

/**
 * Splits the text of a block into fields. A folded line (obs-fold, RFC 9112 section 5.2) belongs to the value before it.
 * @param lines receives the original line of each field
 */
export function parseBlock(text: string, lines?: string[]): Field[] {
  const fields: Field[] = [];
  let start = 0;
  while (start < text.length) {
    let end = text.indexOf('\r\n', start);
    if (end < 0) end = text.length;
    while (text[end + 2] === ' ' || text[end + 2] === '\t') {
      const next = text.indexOf('\r\n', end + 2);
      end = next < 0 ? text.length : next;
    }
    // The leading colon of an HTTP/2 pseudo-header is not the separator.
    const split = findColon(text, text[start] === ':' ? start + 1 : start, end);
    if (split < end) fields.push([trimOws(text, start, split), trimOws(text, split + 1, end)]);
    else if (end > start) fields.push([text.slice(start, end), '']);
    if (lines && end > start) lines.push(`${text.slice(start, end)}\r\n`);
    start = end + 2;
  }
  return fields;
}

/** @returns `end` if the line has no colon. `indexOf` would scan the rest of the block for each line without a colon. */
function findColon(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text.charCodeAt(at) !== COLON) at++;
  return Math.min(at, end);
}
