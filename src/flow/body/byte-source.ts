/** A place where bytes are stored: a log of live traffic, a range of a capture file, or memory. */
export interface ByteSource {
  readonly size: number;
  /** All bytes, if they are in memory; otherwise undefined. */
  readonly buffer: Buffer | undefined;
  read(): AsyncIterable<Buffer>;
  /**
   * Like `read`, for bytes on disk and a reader that has finished with each chunk before it requests the next: all chunks
   * lie in `memory`. Fresh memory for each makes the garbage collector run several times as often.
   */
  readInto?(memory: Buffer): AsyncIterable<Buffer>;
  release(): void;
}

/** Bytes in memory. */
export class MemorySource implements ByteSource {
  readonly size: number;

  constructor(readonly buffer: Buffer) {
    this.size = buffer.length;
  }

  async *read(): AsyncGenerator<Buffer> {
    if (this.size > 0) yield this.buffer;
  }

  release(): void {}
}
