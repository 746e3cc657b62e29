import { CR, LF } from '../../../flow/text/ascii.js';
import { FieldLines } from './field-lines.js';
import type { FramingFields } from './framing-fields.js';
import { mendLines, withoutSpacedColons } from './mend-lines.js';

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

const NONE: readonly string[] = [];

/**
 * Parses the head of an HTTP/1 message (RFC 9112 sections 2 to 5) that begins at `start`. Bare LFs and folded lines (section
 * 5.2) are accepted and mended.
 * @param strict reject violations of RFC 9112 in names and line ends; otherwise only those that make framing impossible
 * @returns undefined if the head is incomplete
 */
export function parseHead(bytes: Buffer, start: number, strict: boolean): Head | undefined {
  // Empty lines before the start line are ignored (RFC 9112 section 2.2).
  let lineStart = start;
  while (bytes[lineStart] === CR || bytes[lineStart] === LF) lineStart++;
  const lineEnd = bytes.indexOf(LF, lineStart);
  if (lineEnd < 0) return undefined;
  const isBare = bytes[lineEnd - 1] !== CR;
  const head: Head = {
    line: bytes.toString('latin1', lineStart, isBare ? lineEnd : lineEnd - 1),
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
  const lines = new FieldLines(bytes, head, head.line.startsWith('HTTP/'), strict);
  const blockEnd = lines.read(lineEnd + 1);
  if (blockEnd < 0) return undefined;
  head.end = bytes[blockEnd] === CR ? blockEnd + 2 : blockEnd + 1;
  head.block = bytes.subarray(lineEnd + 1, blockEnd);
  if (isBare || lines.bareLf || lines.folded || lines.spacedColon) head.block = mendLines(head.block);
  else head.raw = bytes.subarray(lineStart, head.end);
  if (lines.spacedColon) head.block = withoutSpacedColons(head.block);
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
