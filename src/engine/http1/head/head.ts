import { TCHAR } from '../../../flow/http/token.js';
import { collectFact, type FramingFields } from './framing-fields.js';

/** The head of an HTTP/1 message: start line and field block. */
export interface Head extends FramingFields {
  /** The start line without its line end, as latin1. */
  line: string;
  /** Field lines, each ended by CRLF. A view of the received bytes, unless lines had to be mended. */
  block: Buffer;
  /** The received head, to be forwarded unchanged; undefined if it had bare LFs or folded lines. */
  raw: Buffer | undefined;
  /** Offset of the first byte after the head. */
  end: number;
}

const CR = 13;

const LF = 10;

const SP = 32;

const HTAB = 9;

const COLON = 58;

const NONE: readonly string[] = [];

/**
 * Parses the head of an HTTP/1 message (RFC 9112 sections 2 to 5) that begins at `start`. Bare LFs and folded lines (section
 * 5.2) are accepted and mended.
 * @param strict reject violations of RFC 9112 in names and line ends; otherwise only those that make framing impossible
 * @returns undefined if the head is incomplete
 */
export function parseHead(bytes: Buffer, start: number, strict: boolean): Head | undefined {
  const length = bytes.length;
  let at = start;
  // An empty line before the request line is ignored (RFC 9112 section 2.2).
  while (at < length && (bytes[at] === CR || bytes[at] === LF)) at++;
  const lineStart = at;
  const lineEnd = bytes.indexOf(LF, at);
  if (lineEnd < 0) return undefined;
  const head: Head = {
    line: bytes.toString('latin1', lineStart, bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd),
    block: bytes,
    raw: undefined,
    end: 0,
    violation: undefined,
    contentLength: NONE,
    transferEncoding: NONE,
    connection: '',
    expectContinue: false,
    upgrade: '',
    hosts: 0,
    hasOddHost: false,
    hasProxyFields: false,
  };
  let anyFold = false;
  let bareLf = lineEnd === lineStart || bytes[lineEnd - 1] !== CR;
  at = lineEnd + 1;
  const blockStart = at;
  for (;;) {
    if (at >= length) return undefined;
    const first = bytes[at]!;
    if (first === LF) {
      bareLf = true;
      break;
    }
    if (first === CR) {
      if (at + 1 >= length) return undefined;
      if (bytes[at + 1] === LF) break;
    }
    // Name
    let nameStart = at;
    while (at < length && TCHAR[bytes[at]!] === 1) at++;
    if (at >= length) return undefined;
    const nameEnd = at;
    let colon = at;
    if (bytes[at] !== COLON || nameEnd === nameStart) {
      while (colon < length && bytes[colon] !== COLON && bytes[colon] !== LF) colon++;
      if (colon >= length) return undefined;
      if (strict) head.violation ??= nameViolation(bytes, nameStart, nameEnd, colon);
      if (bytes[colon] === LF) {
        head.violation ??= NO_COLON;
        bareLf ||= bytes[colon - 1] !== CR;
        at = colon + 1;
        continue;
      }
      if (bytes[nameStart] === SP || bytes[nameStart] === HTAB) {
        while (bytes[nameStart] === SP || bytes[nameStart] === HTAB) nameStart++;
        // A folded line without a field before it is dropped without being processed (section 2.2), unless it is
        // refused.
        if (!strict) {
          nameStart = colon;
          anyFold = true;
        }
      }
    }
    // Value, up to a line end without a folded line after it
    const valueStart = colon + 1;
    let folded = false;
    at = valueStart;
    for (;;) {
      while (at < length && bytes[at]! > CR) at++;
      if (at >= length) return undefined;
      const byte = bytes[at];
      if (byte === LF) {
        bareLf ||= bytes[at - 1] !== CR;
        if (at + 1 >= length) return undefined;
        const next = bytes[at + 1];
        if (next !== SP && next !== HTAB) break;
        folded = true;
        anyFold = true;
      } else if (byte === CR) {
        if (at + 1 >= length) return undefined;
        if (bytes[at + 1] !== LF && strict) head.violation ??= 'a bare CR in a header';
      } else if (byte === 0 && strict) head.violation ??= 'a NUL byte in a header';
      at++;
    }
    collectFact(head, bytes, nameStart, trimmedEnd(bytes, nameStart, colon), valueStart, at, folded && strict);
    at++;
  }
  const blockEnd = at;
  head.end = bytes[at] === CR ? at + 2 : at + 1;
  head.block = bytes.subarray(blockStart, blockEnd);
  if (bareLf || anyFold) head.block = normalizeLines(head.block);
  else head.raw = bytes.subarray(lineStart, head.end);
  return head;
}

/** Whether a head may end in these bytes; only those after `from` are new. */
export function mayEndHead(bytes: Buffer, from: number): boolean {
  for (let at = bytes.indexOf(LF, Math.max(0, from - 2)); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    const next = bytes[at + 1];
    if (next === LF || (next === CR && bytes[at + 2] === LF)) return true;
  }
  return false;
}

const NO_COLON = 'a header line without a colon';

/**
 * @param end offset after the valid name characters
 * @param colon offset of the colon, or of the line's end
 */
function nameViolation(bytes: Buffer, start: number, end: number, colon: number): string {
  const byte = bytes[end];
  if (end === start && byte === COLON) return 'a header without a name';
  if (end === start && (byte === SP || byte === HTAB)) return 'a folded line before the first header';
  if (bytes[colon] === LF) return NO_COLON;
  if (byte === CR) return 'a bare CR in a header';
  if (trimmedEnd(bytes, start, colon) === end) return 'white space before the colon of a header';
  if (byte === SP || byte === HTAB) return 'white space in the name of a header';
  return `a header name with the byte 0x${byte!.toString(16).padStart(2, '0')}`;
}

function trimmedEnd(bytes: Buffer, start: number, end: number): number {
  let at = end;
  while (at > start && (bytes[at - 1] === SP || bytes[at - 1] === HTAB)) at--;
  return at;
}

/**
 * Field lines to forward: each ends in CRLF, and a folded line (obs-fold, RFC 9112 section 5.2) becomes a single line
 * with a space for each fold. Lines that consist of folds only are dropped.
 * @param block complete lines that end in CRLF or a bare LF
 */
export function normalizeLines(block: Buffer): Buffer {
  // A line end can grow from one byte to two.
  const mended = Buffer.allocUnsafe(2 * block.length);
  let to = 0;
  let at = 0;
  while (isBlank(block[at])) at = block.indexOf(LF, at) + 1 || block.length;
  while (at < block.length) {
    const byte = block[at]!;
    const size = byte === LF ? 1 : byte === CR && block[at + 1] === LF ? 2 : 0;
    if (size === 0) {
      mended[to++] = byte;
      at++;
      continue;
    }
    at += size;
    if (isBlank(block[at])) {
      while (to > 0 && isBlank(mended[to - 1])) to--;
      while (isBlank(block[at])) at++;
      mended[to++] = SP;
    } else {
      mended[to++] = CR;
      mended[to++] = LF;
    }
  }
  return mended.subarray(0, to);
}

function isBlank(byte: number | undefined): boolean {
  return byte === SP || byte === HTAB;
}
