/** The last chunk, without trailers (RFC 9112 section 7.1). */
const LAST_CHUNK = '0\r\n\r\n';

/**
 * Finds the end of HTTP/1.1 responses with a `Content-Length`, or with chunks and text as content, without keeping the bytes: as
 * little work as a load generator can do.
 */
export class AnswerReader {
  /** Status code of the last response. */
  status = 0;
  /** Bytes of the body received so far. */
  received = 0;
  private head = '';
  private left = -1;
  /** The end of a chunked body so far. */
  private tail: string | undefined;

  /** Processes bytes of one response. @returns true at its end @throws Error if it has neither length nor chunks */
  take(bytes: Buffer): boolean {
    if (this.tail !== undefined) return this.takeChunks(this.tail, bytes);
    let body = bytes.length;
    if (this.left < 0) {
      this.head += bytes.toString('latin1');
      const end = this.head.indexOf('\r\n\r\n');
      if (end < 0) return false;
      body = this.head.length - end - 4;
      const length = /\r\ncontent-length: *(\d+)/i.exec(this.head.slice(0, end))?.[1];
      this.status = Number(this.head.slice(9, 12));
      if (length === undefined) {
        if (!/\r\ntransfer-encoding: *chunked/i.test(this.head.slice(0, end)))
          throw new Error(`An answer without a length: ${this.head.slice(0, end)}`);
        const rest = Buffer.from(this.head.slice(end + 4), 'latin1');
        this.head = '';
        this.received = 0;
        return this.takeChunks('', rest);
      }
      this.left = Number(length);
      this.received = 0;
      this.head = '';
    }
    this.left -= body;
    this.received += body;
    if (this.left > 0) return false;
    this.left = -1;
    return true;
  }

  private takeChunks(tail: string, bytes: Buffer): boolean {
    this.received += bytes.length;
    const end = tail + bytes.toString('latin1', Math.max(0, bytes.length - LAST_CHUNK.length));
    this.tail = end.endsWith(LAST_CHUNK) ? undefined : end.slice(-LAST_CHUNK.length);
    return this.tail === undefined;
  }
}
