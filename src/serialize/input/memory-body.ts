import type { ByteSource } from '../../flow/body/body.js';

/** Content in memory. */
export class MemoryBody implements ByteSource {
  readonly size: number;

  constructor(readonly buffer: Buffer) {
    this.size = buffer.length;
  }

  async *read(): AsyncGenerator<Buffer> {
    if (this.size > 0) yield this.buffer;
  }

  release(): void {}
}
