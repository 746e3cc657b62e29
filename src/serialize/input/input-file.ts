import { close, fstat, fstatSync, open, openSync, read, readSync, type Stats } from 'node:fs';
import { promisify } from 'node:util';
import type { FileCipher } from '../../flow/body/spool-cipher.js';
import { FileBody, type FileRanges } from './file-body.js';
import { type Input, windowBytes } from './input.js';

const BLOCK_FIRST = 64 * 1024;
/** Block size after a gap. It is small, because another gap may follow the next record. */
const BLOCK_SMALL = 4 * 1024;
/** Block size after a jump. The records around it are often next, and a read costs more than these bytes. */
const BLOCK_JUMP = 16 * 1024;
/** Block size of a synchronous read at a random place: a record of a small flow, and a few of those behind it. */
const BLOCK_NOW = 8 * 1024;
/** Memory for several such blocks. Allocating each alone takes as long as reading it, and much of the work of the collector. */
const SLAB = 64 * 1024;
/**
 * Maximum distance in bytes of a near place from the last block. Also the maximum size of the block there, if only one record of
 * the last block was wanted.
 */
const NEAR = 64 * 1024;
/** The same if several were. */
const BLOCK_NEAR = 256 * 1024;
const BLOCK_LARGE = 1024 * 1024;
/** Space in front of a block that was read ahead, for the unread rest of the previous block. */
const HEADROOM = 64 * 1024;

const NO_BYTES = Buffer.alloc(0);

/** A block that is read while the previous one is still in use. */
interface Ahead {
  offset: number;
  /** The block, preceded by `HEADROOM` bytes of free space. */
  bytes: Promise<Buffer>;
}

/**
 * A regular file, read block by block. Bodies outside the block are read on demand. The file stays open until the last of them
 * is released.
 */
export class FileInput implements Input, FileRanges {
  readonly once = false;
  buffer: Buffer = NO_BYTES;
  start = 0;
  at = 0;
  private blockSize = BLOCK_FIRST;
  /** Size of the file at the last check. */
  size = 0;
  /** Whether the file has become shorter while it was read from its beginning to its end. */
  shrank = false;
  /** Time of the last modification, in seconds since the epoch. */
  modified = 0;
  private users = 1;
  /** Whether the last `moveTo` moved into the window or near to it. */
  private isNear = false;
  /** Number of times that `moveTo` moved into the window, or to its first place. */
  private uses = 0;
  private blockNow = BLOCK_NOW;
  private slab = NO_BYTES;
  private slabUsed = 0;
  private ahead: Ahead | undefined;
  /** The window before this one, for the bodies of flows that are still in use. */
  private previous: Pick<Input, 'buffer' | 'start'> | undefined;

  private constructor(
    readonly name: string,
    private readonly fd: number,
    private readonly cipher: FileCipher | undefined,
  ) {}

  /** @throws Error (of `fs`) if the file cannot be opened */
  static async open(path: string): Promise<FileInput> {
    return FileInput.of(path, await promisify(open)(path, 'r'));
  }

  /** Like `open`, but synchronous. */
  static openNow(path: string): FileInput {
    const input = new FileInput(path, openSync(path, 'r'), undefined);
    input.measureNow();
    return input;
  }

  /** Takes over an open file, which is closed with the input. @param cipher decrypts it */
  static async of(name: string, fd: number, cipher?: FileCipher): Promise<FileInput> {
    const input = new FileInput(name, fd, cipher);
    await input.measure();
    return input;
  }

  /** Number of bytes in the window from `at` on. */
  get available(): number {
    return this.buffer.length - this.at;
  }

  /** Blocks grow while the file is read without gaps, so that skipping large bodies reads little. */
  async fill(wanted: number): Promise<number> {
    const offset = this.start + this.at;
    const sequential = this.at <= this.buffer.length;
    if (sequential && (await this.useAhead(offset)) >= wanted) return this.buffer.length;
    this.ahead = undefined;
    this.previous = sequential ? { buffer: this.buffer, start: this.start } : undefined;
    this.blockSize = sequential ? Math.min(this.blockSize * 2, BLOCK_LARGE) : BLOCK_SMALL;
    if (offset + wanted > this.size) await this.measure();
    this.shrank ||= this.buffer.length > 0 && this.start + this.buffer.length > this.size;
    const length = Math.max(0, Math.min(Math.max(wanted, this.blockSize), this.size - offset));
    this.buffer = await this.readRange(offset, length);
    this.shrank ||= this.buffer.length < length;
    this.start = offset;
    this.at = 0;
    if (sequential && length === BLOCK_LARGE) this.readAhead();
    return this.buffer.length;
  }

  /**
   * Like `fill`, but synchronous, after `moveTo`: a few kilobytes are mostly in the page cache of the system, where another thread
   * would need ten times as much time to read them.
   */
  fillNow(wanted: number): number {
    const offset = this.start + this.at;
    const most = this.uses > 1 ? BLOCK_NEAR : NEAR;
    this.blockNow = this.isNear ? Math.min(2 * this.blockNow, most) : BLOCK_NOW;
    // Flows end in another order than they begin, so records before this one may be next.
    const start = this.isNear ? Math.max(0, offset - this.blockNow / 4) : offset;
    this.ahead = undefined;
    this.uses = 1;
    if (offset + wanted > this.size) this.measureNow();
    const length = Math.max(offset - start + wanted, this.blockNow);
    const buffer = this.allocate(Math.max(0, Math.min(length, this.size - start)));
    let filled = 0;
    while (filled < buffer.length) {
      const count = readSync(this.fd, buffer, filled, buffer.length - filled, start + filled);
      if (count === 0) break;
      filled += count;
    }
    this.buffer = this.decrypted(buffer.subarray(0, filled), start);
    this.start = start;
    this.at = offset - start;
    return Math.max(0, this.available);
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

  /** Moves to any offset. Bytes in memory are not read again. */
  moveTo(offset: number): void {
    const at = offset - this.start;
    const behind = at - this.buffer.length;
    this.isNear = at >= -NEAR && behind <= NEAR;
    if (at >= 0 && behind <= 0) {
      this.at = at;
      this.uses++;
    } else this.back(offset);
  }

  back(offset: number): boolean {
    this.blockSize = BLOCK_JUMP / 2;
    this.previous = undefined;
    this.buffer = this.buffer.subarray(0, 0);
    this.start = offset;
    this.at = 0;
    return true;
  }

  inBlock(offset: number, size: number): Buffer | undefined {
    return windowBytes(this, offset, size) ?? (this.previous && windowBytes(this.previous, offset, size));
  }

  /** @param room bytes to leave free in front */
  async readRange(offset: number, length: number, room = 0): Promise<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(room + length);
    let filled = room;
    while (filled < buffer.length) {
      const count = await readAt(this.fd, buffer, filled, offset + filled - room);
      if (count === 0) break;
      filled += count;
    }
    if (this.cipher) this.decrypted(buffer.subarray(room, filled), offset).copy(buffer, room);
    return filled < buffer.length ? buffer.subarray(0, filled) : buffer;
  }

  retain(): void {
    this.users++;
  }

  release(): void {
    this.users--;
    if (this.users === 0) close(this.fd, () => {});
  }

  async close(): Promise<void> {
    this.buffer = NO_BYTES;
    this.slab = NO_BYTES;
    this.previous = undefined;
    this.release();
  }

  /** Starts to read the next block while this one is processed. */
  private readAhead(): void {
    const offset = this.start + this.buffer.length;
    const length = Math.min(BLOCK_LARGE, this.size - offset);
    if (length <= 0) return;
    this.retain();
    const bytes = this.readRange(offset, length, HEADROOM).finally(() => this.release());
    // `useAhead` reports the error, unless the block is not needed.
    bytes.catch(() => {});
    this.ahead = { offset, bytes };
  }

  /** Moves the window to the block that was read ahead, if it is the next one. @returns the number of bytes available */
  private async useAhead(offset: number): Promise<number> {
    const { ahead } = this;
    const left = this.buffer.length - this.at;
    if (ahead?.offset !== this.start + this.buffer.length || left > HEADROOM) return 0;
    const bytes = await ahead.bytes;
    this.previous = { buffer: this.buffer, start: this.start };
    this.buffer.copy(bytes, HEADROOM - left, this.at);
    this.buffer = bytes.subarray(HEADROOM - left);
    this.start = offset;
    this.at = 0;
    this.readAhead();
    return this.buffer.length;
  }

  private allocate(length: number): Buffer {
    if (length > BLOCK_NOW) return Buffer.allocUnsafeSlow(length);
    if (this.slabUsed + length > this.slab.length) {
      this.slab = Buffer.allocUnsafeSlow(SLAB);
      this.slabUsed = 0;
    }
    this.slabUsed += length;
    return this.slab.subarray(this.slabUsed - length, this.slabUsed);
  }

  private decrypted(bytes: Buffer, offset: number): Buffer {
    return this.cipher ? this.cipher.from(offset)(bytes) : bytes;
  }

  private async measure(): Promise<void> {
    this.note(await promisify(fstat)(this.fd));
  }

  private measureNow(): void {
    this.note(fstatSync(this.fd));
  }

  private note({ size, mtimeMs }: Stats): void {
    this.size = size;
    this.modified = mtimeMs / 1000;
  }
}

function readAt(fd: number, buffer: Buffer, at: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, buffer, at, buffer.length - at, position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}
