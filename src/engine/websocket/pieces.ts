/** Collects bytes that arrive in pieces. Small pieces are copied into pages, as there may be millions of them. */
export class Pieces {
  size = 0;
  private pieces: Buffer[] = [];
  /** A page for small pieces, in use up to `filled`. */
  private page: Buffer = NOTHING;
  private filled = 0;

  add(bytes: Buffer): void {
    const { length } = bytes;
    if (length === 0) return;
    this.size += length;
    if (length >= WORTH_KEEPING || (this.pieces.length === 0 && this.filled === 0)) {
      this.seal();
      this.pieces.push(bytes);
      return;
    }
    if (this.page.length - this.filled < length) {
      const next = Math.min(LAST_PAGE, Math.max(FIRST_PAGE, this.page.length * 2));
      this.seal();
      this.page = Buffer.allocUnsafeSlow(next);
    }
    bytes.copy(this.page, this.filled);
    this.filled += length;
  }

  /** @returns all bytes added since the last call */
  take(): Buffer {
    if (this.pieces.length === 1 && this.filled === 0) {
      this.size = 0;
      return this.pieces.pop()!;
    }
    const pieces = this.takeAll();
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }

  /** Like `take`, but in several buffers. */
  takeAll(): Buffer[] {
    this.seal();
    const { pieces } = this;
    this.pieces = [];
    this.page = NOTHING;
    this.size = 0;
    return pieces;
  }

  private seal(): void {
    if (this.filled > 0) this.pieces.push(this.page.subarray(0, this.filled));
    this.page = this.page.subarray(this.filled);
    this.filled = 0;
  }
}

const NOTHING: Buffer = Buffer.alloc(0);
const WORTH_KEEPING = 1024;
const FIRST_PAGE = 1024;
const LAST_PAGE = 64 * 1024;
