/** A part, and what divides it from the next. */
export interface PartBytes {
  /** Whole header lines. */
  head: Buffer;
  /** The empty line behind them; none if the part has no header and no empty line. */
  gap: Buffer;
  content: Buffer;
  /** The delimiter behind it, with its line ends; of the last part the closing one and what follows. */
  after: Buffer;
}

/** A multipart body (RFC 2046 section 5.1.1) as its pieces, which put together are the body again. */
export interface MultipartBytes {
  /** Up to the first part: preamble and delimiter line. */
  before: Buffer;
  parts: PartBytes[];
}

/** RFC 2046 says 70. A search takes as many steps as the bytes of content times those of what is searched for. */
const LONGEST_BOUNDARY = 200;
const CR = 13;
const LF = 10;
const DASH = 45;

/** Takes a body apart without copying. Line ends may be LF alone. @returns undefined if it has no part */
export function splitMultipart(content: Buffer, boundary: string): MultipartBytes | undefined {
  if (boundary === '' || boundary.length > LONGEST_BOUNDARY) return undefined;
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  let found = findDelimiter(content, delimiter, 0);
  if (!found || found.closes) return undefined;
  const before = content.subarray(0, found.end);
  const parts: PartBytes[] = [];
  while (found && !found.closes) {
    const start = found.end;
    found = findDelimiter(content, delimiter, start);
    const end = found ? Math.max(start, found.start) : content.length;
    const afterEnd = !found || found.closes ? content.length : found.end;
    parts.push({ ...splitPart(content.subarray(start, end)), after: content.subarray(end, afterEnd) });
  }
  return { before, parts };
}

/** Whether content would be taken for more than one part. */
export function holdsDelimiter(content: Buffer, boundary: string): boolean {
  return findDelimiter(content, Buffer.from(`--${boundary}`, 'latin1'), 0) !== undefined;
}

export function joinMultipart({ before, parts }: MultipartBytes): Buffer {
  const pieces = [before];
  for (const { head, gap, content, after } of parts) pieces.push(head, gap, content, after);
  return Buffer.concat(pieces);
}

interface Delimiter {
  /** Where the line end before it begins. */
  start: number;
  /** Behind its own line end. */
  end: number;
  closes: boolean;
}

/** The next line that begins with the delimiter, and has at most white space or the closing dashes behind it. */
function findDelimiter(content: Buffer, delimiter: Buffer, from: number): Delimiter | undefined {
  for (let at = content.indexOf(delimiter, from); at >= 0; at = content.indexOf(delimiter, at + 1)) {
    if (at > 0 && content[at - 1] !== LF) continue;
    const start = at > 1 && content[at - 2] === CR ? at - 2 : Math.max(0, at - 1);
    let end = at + delimiter.length;
    if (content[end] === DASH && content[end + 1] === DASH) return { start, end: end + 2, closes: true };
    while (content[end] === 32 || content[end] === 9) end++;
    if (content[end] === CR && content[end + 1] === LF) return { start, end: end + 2, closes: false };
    if (content[end] === LF) return { start, end: end + 1, closes: false };
  }
  return undefined;
}

function splitPart(part: Buffer): Omit<PartBytes, 'after'> {
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
