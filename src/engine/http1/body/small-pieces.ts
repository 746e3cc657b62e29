/** Pieces below this size are joined. */
const SMALL = 256;
/** Maximum bytes of a joint piece. */
const JOINT = 16 * 1024;

/** Joins small pieces of content: passing a piece on costs much more than copying the few bytes of a very small chunk. */
export class SmallPieces {
  /** The only piece so far; it is copied only if another follows. */
  private first: Buffer | undefined;
  private joint: Buffer | undefined;
  private size = 0;

  /** Adds the bytes from `start` to `end`. */
  add(bytes: Buffer, start: number, end: number, content: (piece: Buffer) => void): void {
    if (end - start >= SMALL) {
      this.flush(content);
      content(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end));
    } else if (this.size === 0) {
      this.first = bytes.subarray(start, end);
      this.size = end - start;
    } else this.join(bytes, start, end, content);
  }

  flush(content: (piece: Buffer) => void): void {
    const { first, joint, size } = this;
    if (size === 0) return;
    this.first = undefined;
    this.size = 0;
    content(first ?? Buffer.from(joint!.subarray(0, size)));
  }

  private join(bytes: Buffer, start: number, end: number, content: (piece: Buffer) => void): void {
    // All pieces until the next flush are parts of these bytes.
    const needed = Math.min(JOINT, bytes.length);
    if (this.joint === undefined || this.joint.length < needed) this.joint = Buffer.allocUnsafe(needed);
    const { joint } = this;
    if (this.first) joint.set(this.first);
    this.first = undefined;
    for (let at = start; at < end; at++) joint[this.size++] = bytes[at]!;
    if (this.size > JOINT - SMALL) this.flush(content);
  }
}
