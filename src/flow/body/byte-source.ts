/** A place where bytes are stored: a log of live traffic, a range of a capture file, or memory. */
export interface ByteSource {
  readonly size: number;
  /** All bytes, if they are in memory; otherwise undefined. */
  readonly buffer: Buffer | undefined;
  read(): AsyncIterable<Buffer>;
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
