import { close, fstat, open, read } from 'node:fs';
import { promisify } from 'node:util';
import { FileBody, type FileRanges } from './file-body.js';
import type { Input } from './input.js';

const BLOCK_SMALL = 64 * 1024;
const BLOCK_LARGE = 1024 * 1024;

/**
 * A regular file, read block by block. Bodies that do not lie in the block are read when somebody asks; until the last
 * of them is given back the file stays open.
 */
export class FileInput implements Input, FileRanges {
  readonly once = false;
  buffer: Buffer = Buffer.alloc(0);
  start = 0;
  at = 0;
  private blockSize = BLOCK_SMALL;
  private size = 0;
  /** When the file was changed last, in seconds since the epoch. */
  modified = 0;
  private users = 1;

  private constructor(
    readonly name: string,
    private readonly fd: number,
  ) {}

  /** @throws Error (of `fs`) if it cannot be opened */
  static async open(path: string): Promise<FileInput> {
    const input = new FileInput(path, await promisify(open)(path, 'r'));
    await input.measure();
    return input;
  }

  /** Blocks grow while the file is read without gaps, so that skipping large bodies reads little. */
  async fill(wanted: number): Promise<number> {
    const offset = this.start + this.at;
    const sequential = this.at <= this.buffer.length;
    this.blockSize = sequential ? Math.min(this.blockSize * 2, BLOCK_LARGE) : BLOCK_SMALL;
    if (offset + wanted > this.size) await this.measure();
    const length = Math.max(0, Math.min(Math.max(wanted, this.blockSize), this.size - offset));
    this.buffer = await this.readRange(offset, length);
    this.start = offset;
    this.at = 0;
    return this.buffer.length;
  }

  reaches(bytes: number): boolean {
    return this.start + this.at + bytes <= this.size;
  }

  async grows(bytes: number): Promise<boolean> {
    await this.measure();
    return this.reaches(bytes);
  }

  body(offset: number, length: number, crc?: number, onDamage?: () => void): FileBody {
    return new FileBody(this, offset, length, crc, onDamage);
  }

  async take(bytes: number): Promise<boolean> {
    this.at += bytes;
    return this.reaches(0);
  }

  back(offset: number): boolean {
    this.buffer = this.buffer.subarray(0, 0);
    this.start = offset;
    this.at = 0;
    return true;
  }

  inBlock(offset: number, size: number): Buffer | undefined {
    const from = offset - this.start;
    if (from < 0 || from + size > this.buffer.length) return undefined;
    return this.buffer.subarray(from, from + size);
  }

  async readRange(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(length);
    let filled = 0;
    while (filled < length) {
      const count = await readAt(this.fd, buffer, filled, offset + filled);
      if (count === 0) break;
      filled += count;
    }
    return filled < length ? buffer.subarray(0, filled) : buffer;
  }

  retain(): void {
    this.users++;
  }

  release(): void {
    this.users--;
    if (this.users === 0) close(this.fd, () => {});
  }

  async close(): Promise<void> {
    this.buffer = Buffer.alloc(0);
    this.release();
  }

  private async measure(): Promise<void> {
    const { size, mtimeMs } = await promisify(fstat)(this.fd);
    this.size = size;
    this.modified = mtimeMs / 1000;
  }
}

function readAt(fd: number, buffer: Buffer, at: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, buffer, at, buffer.length - at, position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}
