import { CR, HTAB, LF, SEMICOLON, SP } from '../../../flow/text/ascii.js';
import { ProtocolError } from '../../errors.js';
import { type Head, mayEndHead, parseHead } from '../head/head.js';
import { SmallPieces } from './small-pieces.js';

type State = 'size' | 'extension' | 'sizeLf' | 'data' | 'dataCr' | 'dataLf' | 'trailers' | 'done';

/**
 * Incremental scanner of a chunked body (RFC 9112 section 7.1): separates content from framing, so that the framing can
 * be forwarded unchanged. Line ends must be CRLF: lenient parsing enables request smuggling.
 */
export class ChunkedScanner {
  /** The parsed trailers, if the body is done and had any. */
  trailers: Head | undefined;
  /** The trailer section to forward, with the empty line at its end. */
  trailerSection: Buffer | undefined;
  /** Offset of the trailer section in the bytes scanned last; it is forwarded only once it is complete. */
  trailersAt = -1;
  /** Offset behind the last content in the bytes scanned last; 0 if `content` has thrown. */
  contentEnd = 0;
  /** Number of chunks whose size was read. */
  chunks = 0;
  private readonly pieces = new SmallPieces();
  private state: State = 'size';
  private digits = 0;
  private remaining = 0;
  private extension = 0;
  private trailerBytes: Buffer[] = [];
  private trailerSize = 0;
  /**
   * The last bytes before the next piece that can belong to the end of the section; at first the last chunk's line end.
   */
  private trailerTail: Buffer = LINE_END;

  /**
   * @param limit maximum bytes of a chunk extension or of the trailer section
   * @param status for the error: 400 for a request, 502 for a response
   */
  constructor(
    private readonly limit: number,
    private readonly strict: boolean,
    private readonly status: number,
  ) {}

  get done(): boolean {
    return this.state === 'done';
  }

  /**
   * Continues at `start`; `content` gets each piece between the framing.
   * @returns the offset after the body's last byte: the end of `bytes` unless the body is done
   * @throws ProtocolError
   */
  scan(bytes: Buffer, start: number, content: (piece: Buffer) => void): number {
    try {
      return this.scanPieces(bytes, start, content);
    } finally {
      const { contentEnd } = this;
      this.contentEnd = 0;
      this.pieces.flush(content);
      this.contentEnd = contentEnd;
    }
  }

  private scanPieces(bytes: Buffer, start: number, content: (piece: Buffer) => void): number {
    let at = start;
    this.trailersAt = -1;
    this.contentEnd = 0;
    while (at < bytes.length) {
      switch (this.state) {
        case 'data': {
          const end = Math.min(bytes.length, at + this.remaining);
          this.contentEnd = 0;
          this.pieces.add(bytes, at, end, content);
          this.remaining -= end - at;
          at = end;
          this.contentEnd = end;
          if (this.remaining === 0) this.state = 'dataCr';
          break;
        }
        case 'trailers':
          return this.scanTrailers(bytes, at);
        case 'done':
          return at;
        default:
          this.step(bytes[at++]!);
      }
    }
    return at;
  }

  private step(byte: number): void {
    switch (this.state) {
      case 'size':
        return this.sizeByte(byte);
      case 'extension':
        if (++this.extension > this.limit) this.refuse('a chunk extension beyond the limit');
        if (byte === CR) this.state = 'sizeLf';
        else if (byte === LF || byte === 0) this.refuse('a chunk extension with a bare LF or NUL');
        return;
      case 'sizeLf':
        if (byte !== LF) this.refuse('a bare CR in a chunk size');
        this.state = this.remaining === 0 ? 'trailers' : 'data';
        this.chunks++;
        this.digits = 0;
        this.extension = 0;
        return;
      case 'dataCr':
        if (byte !== CR) this.refuse(byte === LF ? 'a bare LF after a chunk' : 'a chunk that is longer than its size');
        this.state = 'dataLf';
        return;
      default:
        if (byte !== LF) this.refuse('a chunk that is longer than its size');
        this.state = 'size';
    }
  }

  private sizeByte(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      // Spaces may only follow the size, so a digit after one is invalid.
      if (this.extension > 0 || ++this.digits > 16) this.refuse('a chunk size');
      this.remaining = this.remaining * 16 + digit;
      if (this.remaining > Number.MAX_SAFE_INTEGER) this.refuse('a chunk size');
      return;
    }
    if (this.digits === 0) this.refuse('a chunk size');
    if (byte === CR) this.state = 'sizeLf';
    else if (byte === SEMICOLON) this.state = 'extension';
    else if (byte === SP || byte === HTAB) {
      if (++this.extension > this.limit) this.refuse('a chunk extension beyond the limit');
    } else this.refuse(byte === LF ? 'a bare LF after a chunk size' : 'a chunk size');
  }

  /** Parses the section when it is complete. Usually it has no trailers, only an empty line. */
  private scanTrailers(bytes: Buffer, start: number): number {
    if (this.trailerSize === 0 && bytes[start] === CR && bytes[start + 1] === LF) {
      this.state = 'done';
      return start + 2;
    }
    this.trailersAt = start;
    const before = this.trailerSize;
    const piece = start === 0 ? bytes : bytes.subarray(start);
    this.trailerBytes.push(piece);
    this.trailerSize += piece.length;
    // Join the pieces only once the end has arrived, to stay linear.
    const joint = Buffer.concat([this.trailerTail, piece]);
    if (!mayEndHead(joint, 0)) {
      if (this.trailerSize > this.limit) this.refuse('trailers beyond the limit');
      this.trailerTail = Buffer.from(joint.subarray(-2));
      return bytes.length;
    }
    const end = this.parseTrailers(Buffer.concat(this.trailerBytes));
    if (end > this.limit) this.refuse('trailers beyond the limit');
    this.state = 'done';
    return start + end - before;
  }

  /** @returns the offset after the section, which is complete */
  private parseTrailers(bytes: Buffer): number {
    if (bytes[0] === CR && bytes[1] === LF) {
      this.trailerSection = LINE_END;
      return 2;
    }
    // The head parser requires a start line, which tells it whether this is a response.
    const startLine = this.status === 400 ? REQUEST_LINE : STATUS_LINE;
    const head = parseHead(Buffer.concat([startLine, bytes]), 0, this.strict)!;
    const end = head.end - startLine.length;
    if (this.strict && hasBareLf(bytes, end)) this.refuse('trailers with a bare LF');
    if (head.violation) this.refuse(`${head.violation} (in the trailers)`);
    if (this.strict && this.status === 400 && hasFramingFields(head)) {
      this.refuse('Content-Length, Transfer-Encoding or Host in the trailers');
    }
    if (head.block.length > 0) this.trailers = head;
    this.trailerSection = head.raw?.subarray(startLine.length) ?? Buffer.concat([head.block, LINE_END]);
    return end;
  }

  private refuse(what: string): never {
    throw new ProtocolError(this.status, `Refused: ${what.startsWith('a chunk size') ? 'a bad chunk size' : what}`);
  }
}

/**
 * Whether a head contains fields that affect framing or routing. A server that merges trailers into the headers would apply
 * them (RFC 9110 section 6.5.1).
 */
function hasFramingFields(head: Head): boolean {
  return head.contentLength.length > 0 || head.transferEncoding.length > 0 || head.hosts > 0;
}

const REQUEST_LINE = Buffer.from('-\r\n');
const STATUS_LINE = Buffer.from('HTTP/\r\n');
const LINE_END = Buffer.from('\r\n');

function hasBareLf(bytes: Buffer, end: number): boolean {
  for (let at = bytes.indexOf(LF); at >= 0 && at < end; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at - 1] !== CR) return true;
  }
  return false;
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
