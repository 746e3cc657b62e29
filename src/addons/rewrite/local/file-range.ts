import { close, read } from 'node:fs';
import { promisify } from 'node:util';
import type { ByteSource } from '../../../flow/body/body.js';

const readAsync = promisify(read);

/** Size of one read, in bytes. */
const PIECE = 64 * 1024;

/** A part of an open file as the content of a body. It is read in pieces while it is sent. */
export class FileRange implements ByteSource {
  readonly buffer = undefined;
  private isOpen = true;

  /** @param descriptor closed when the range is released @param end offset after the last byte */
  constructor(
    private readonly descriptor: number,
    private readonly start: number,
    private readonly end: number,
  ) {}

  get size(): number {
    return this.end - this.start;
  }

  /** @throws Error if the file has become shorter */
  async *read(): AsyncGenerator<Buffer> {
    for (let at = this.start; at < this.end; ) {
      const buffer = Buffer.allocUnsafe(Math.min(PIECE, this.end - at));
      const { bytesRead } = await readAsync(this.descriptor, buffer, 0, buffer.length, at);
      if (bytesRead === 0) throw new Error('the file became shorter while it was read');
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  release(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    close(this.descriptor, () => {});
  }
}
