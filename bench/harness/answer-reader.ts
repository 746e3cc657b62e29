/**
 * Finds the end of HTTP/1.1 answers with a `Content-Length`, without keeping what it reads: the little that a client
 * needs whose own costs must not count.
 */
export class AnswerReader {
  /** Status code of the answer that was read last. */
  status = 0;
  /** Bytes of the body that have come. */
  received = 0;
  private head = '';
  private left = -1;

  /** Takes bytes of one answer. @returns true if they end it @throws Error if it has no `Content-Length` */
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
