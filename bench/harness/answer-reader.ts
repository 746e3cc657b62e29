/**
 * Finds the end of HTTP/1.1 responses with a `Content-Length`, without keeping the bytes: as little work as a load generator
 * can do.
 */
export class AnswerReader {
  /** Status code of the last response. */
  status = 0;
  /** Bytes of the body received so far. */
  received = 0;
  private head = '';
  private left = -1;

  /** Processes bytes of one response. @returns true at its end @throws Error if it has no `Content-Length` */
  take(bytes: Buffer): boolean {
    let body = bytes.length;
    if (this.left < 0) {
      this.head += bytes.toString('latin1');
      const end = this.head.indexOf('\r\n\r\n');
      if (end < 0) return false;
      body = this.head.length - end - 4;
      const length = /\r\ncontent-length: *(\d+)/i.exec(this.head.slice(0, end))?.[1];
      if (length === undefined) throw new Error(`An answer without a length: ${this.head.slice(0, end)}`);
      this.status = Number(this.head.slice(9, 12));
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
}
