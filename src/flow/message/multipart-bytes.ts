import { CR, LF } from '../text/ascii.js';
/** A part and the delimiter after it. */
export interface PartBytes {
  /** Complete header lines. */
  head: Buffer;
  /** The empty line after the header; empty if the part has no such line. */
  gap: Buffer;
  content: Buffer;
  /** The delimiter after the part, with its line ends; for the last part the closing delimiter and the epilogue. */
  after: Buffer;
}

/** The pieces of a multipart body (RFC 2046 section 5.1.1); `joinMultipart` restores it byte for byte. */
export interface MultipartBytes {
  /** The preamble and the first delimiter line. */
  before: Buffer;
  parts: PartBytes[];
}

/** RFC 2046 allows 70. Search time is at worst proportional to the product of content and boundary length. */
const LONGEST_BOUNDARY = 200;
const DASH = 45;

/**
 * Splits a body without copying. Line ends may be bare LF.
 * @returns undefined if it has no part, or more than `most`
 */
export function splitMultipart(
  content: Buffer,
  boundary: string,
  most = Number.POSITIVE_INFINITY,
): MultipartBytes | undefined {
  if (!isBoundary(boundary)) return undefined;
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  let found = findDelimiter(content, delimiter, 0);
  if (!found || found.closes) return undefined;
  const before = content.subarray(0, found.end);
  const parts: PartBytes[] = [];
  while (found && !found.closes) {
    if (parts.length === most) return undefined;
    const start = found.end;
    found = findDelimiter(content, delimiter, start);
    const end = found ? Math.max(start, found.start) : content.length;
    const afterEnd = !found || found.closes ? content.length : found.end;
    parts.push({ ...splitPart(content.subarray(start, end)), after: content.subarray(end, afterEnd) });
  }
  return { before, parts };
}

/** Whether a boundary can be searched for. */
export function isBoundary(boundary: string): boolean {
  return boundary !== '' && boundary.length <= LONGEST_BOUNDARY;
}

/** Whether content includes a delimiter line, and would be read as more than one part. */
export function holdsDelimiter(content: Buffer, boundary: string): boolean {
  return findDelimiter(content, Buffer.from(`--${boundary}`, 'latin1'), 0) !== undefined;
}

export function joinMultipart({ before, parts }: MultipartBytes): Buffer {
  const pieces = [before];
  for (const { head, gap, content, after } of parts) pieces.push(head, gap, content, after);
  return Buffer.concat(pieces);
}

interface Delimiter {
  /** Offset of the line end before it. */
  start: number;
  /** Offset after its own line end. */
  end: number;
  closes: boolean;
}

/**
 * The next line that consists of the delimiter, followed only by white space or the closing dashes.
 * @param isStart whether the content begins with a line
 */
export function findDelimiter(content: Buffer, delimiter: Buffer, from: number, isStart = true): Delimiter | undefined {
  for (let at = content.indexOf(delimiter, from); at >= 0; at = content.indexOf(delimiter, at + 1)) {
    if (at > 0 ? content[at - 1] !== LF : !isStart) continue;
    const start = at > 1 && content[at - 2] === CR ? at - 2 : Math.max(0, at - 1);
    let end = at + delimiter.length;
    if (content[end] === DASH && content[end + 1] === DASH) return { start, end: end + 2, closes: true };
    while (content[end] === 32 || content[end] === 9) end++;
    // A truncated body has no further parts.
    if (end === content.length) return { start, end, closes: true };
    if (content[end] === CR && content[end + 1] === LF) return { start, end: end + 2, closes: false };
    if (content[end] === LF) return { start, end: end + 1, closes: false };
  }
  return undefined;
}

/** Splits a part from the end of its delimiter line to the next delimiter. */
export function splitPart(part: Buffer): Omit<PartBytes, 'after'> {
  if (part[0] === LF) return cut(part, 0, 1);
  if (part[0] === CR && part[1] === LF) return cut(part, 0, 2);
  for (let at = part.indexOf(LF); at >= 0; at = part.indexOf(LF, at + 1)) {
    if (part[at + 1] === LF) return cut(part, at + 1, at + 2);
    if (part[at + 1] === CR && part[at + 2] === LF) return cut(part, at + 1, at + 3);
  }
  return cut(part, 0, 0);
}

function cut(part: Buffer, head: number, content: number): Omit<PartBytes, 'after'> {
  return { head: part.subarray(0, head), gap: part.subarray(head, content), content: part.subarray(content) };
}
