/** A growing buffer whose end can be taken off again. */
export class ByteBuilder {
  length = 0;
  private bytes = Buffer.allocUnsafe(64 * 1024);

  add(piece: Buffer): void {
    this.reserve(piece.length);
    piece.copy(this.bytes, this.length);
    this.length += piece.length;
  }

  addByte(byte: number): void {
    this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  /** Removes and returns the bytes from this offset on. They are valid until the next addition. */
  takeFrom(start: number): Buffer {
    const taken = this.bytes.subarray(start, this.length);
    this.length = start;
    return taken;
  }

  text(start: number): string {
    return this.bytes.toString('utf8', start, this.length);
  }

  private reserve(size: number): void {
    if (this.length + size <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + size));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
