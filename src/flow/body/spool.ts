import { randomUUID } from 'node:crypto';
import { close, constants, openSync, read, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { FileCipher } from './spool-cipher.js';
import { writeAll } from './write-all.js';

const KIB = 1024;
const READ_SIZE = 256 * KIB;
const BACKLOG_LIMIT = 1024 * KIB;

/**
 * A temporary file with access for this user only, unlinked as soon as it is open. One write is in progress at a time. If it
 * cannot be created or written, `drained` and `read` reject with the cause.
 */
export class Spool {
  private fd: number | undefined;
  /** Full blocks, in the order in which they are written. */
  private queue: Buffer[] = [];
  /** The block that is being filled with `used` bytes. */
  private block: Buffer | undefined;
  private used = 0;
  private queued = 0;
  private written = 0;
  private writing = false;
  private failure: Error | undefined;
  private waiting: { resolve: () => void; reject: (error: Error) => void; limit: number }[] = [];
  private closed = false;
  private readers = 0;

  /** Encrypts the bytes in the order in which they are written. */
  private readonly encrypt: ((bytes: Buffer) => Buffer) | undefined;

  /**
   * @param cipher encrypts the file
   * @param onFailure called if the file cannot be created or written, perhaps at once
   */
  constructor(
    dir: string,
    private readonly blocks: BlockPool,
    private readonly cipher?: FileCipher,
    private readonly onFailure: (error: Error) => void = () => {},
  ) {
    this.encrypt = cipher?.from(0);
    try {
      this.fd = openUnlinked(dir);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  /** Whether the file could not be created or written. Its bytes are lost. */
  get failed(): boolean {
    return this.failure !== undefined;
  }

  /** Resolves when all bytes are in the file, or writing has failed; undefined if that is so already. */
  settled(): Promise<void> | undefined {
    if (this.failure || this.closed || this.queued === 0) return undefined;
    return this.below(0).catch(() => {});
  }

  /** @returns false if more than 1 MiB waits for the disk, or writing has failed */
  write(chunk: Buffer): boolean {
    if (this.closed) return true;
    if (this.failure) return false;
    this.copy(this.encrypt ? this.encrypt(chunk) : chunk);
    this.queued += chunk.length;
    if (!this.writing) this.flush();
    return this.queued <= BACKLOG_LIMIT;
  }

  /** Resolves when at most half the backlog limit waits for the disk. @throws Error (of `fs`) if writing failed */
  drained(): Promise<void> {
    return this.below(BACKLOG_LIMIT / 2);
  }

  /**
   * The bytes from `start` to `end`.
   * @param memory for all chunks, each of which is then valid until the next is requested
   */
  async *read(start: number, end: number, memory?: Buffer): AsyncGenerator<Buffer> {
    const size = memory?.length ?? READ_SIZE;
    if (this.closed) throw new Error('The body is no longer kept');
    this.readers++;
    try {
      await this.below(0);
      const decrypt = this.cipher?.from(start);
      for (let at = start; at < end; ) {
        const length = Math.min(size, end - at);
        const chunk = await readAt(this.fd!, at, memory ? memory.subarray(0, length) : Buffer.allocUnsafe(length));
        at += chunk.length;
        yield decrypt ? decrypt(chunk) : chunk;
      }
    } finally {
      this.readers--;
      if (this.closed) this.closeWhenIdle();
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.seal();
    for (const block of this.queue) this.blocks.release(block);
    this.queue = [];
    for (const { resolve } of this.waiting) resolve();
    this.waiting = [];
    this.closeWhenIdle();
  }

  private closeWhenIdle(): void {
    if (this.writing || this.readers > 0 || this.fd === undefined) return;
    close(this.fd, () => {});
    this.fd = undefined;
  }

  private below(limit: number): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    if (this.queued <= limit) return Promise.resolve();
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject, limit }));
  }

  private copy(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      this.block ??= this.blocks.take();
      const count = bytes.copy(this.block, this.used, at);
      at += count;
      this.used += count;
      if (this.used === this.block.length) this.seal();
    }
  }

  private seal(): void {
    if (!this.block) return;
    this.queue.push(this.block.subarray(0, this.used));
    this.block = undefined;
    this.used = 0;
  }

  private flush(): void {
    this.seal();
    const batch = this.queue;
    if (batch.length === 0) return;
    this.queue = [];
    this.writing = true;
    const total = batch.reduce((sum, chunk) => sum + chunk.length, 0);
    writeAll(this.fd!, batch, this.written, (error) => {
      this.writing = false;
      for (const block of batch) this.blocks.release(block);
      this.written += total;
      this.queued -= total;
      if (error) this.fail(error);
      else this.settle();
      if (this.closed) this.closeWhenIdle();
      else if (!error) this.flush();
    });
  }

  private settle(): void {
    const ready = this.waiting.filter(({ limit }) => this.queued <= limit);
    if (ready.length === 0) return;
    this.waiting = this.waiting.filter(({ limit }) => this.queued > limit);
    for (const { resolve } of ready) resolve();
  }

  private fail(error: Error): void {
    this.failure = error;
    this.queue = [];
    this.onFailure(error);
    for (const { reject } of this.waiting) reject(error);
    this.waiting = [];
  }
}

const BLOCK_SIZE = 64 * KIB;
const BLOCKS_KEPT = 64;

/**
 * Reusable memory for bytes that wait for the disk. They are copied into it, because chunks from sockets that live that long
 * would leave the young generation, and then only a major collection frees them.
 */
export class BlockPool {
  private readonly spare: Buffer[] = [];

  take(): Buffer {
    return this.spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_SIZE);
  }

  /** @param block the beginning of a block */
  release(block: Buffer): void {
    if (this.spare.length < BLOCKS_KEPT) this.spare.push(Buffer.from(block.buffer));
  }
}

/** Flags for a new file without a name (open(2)). Node.js has no constant for `O_TMPFILE`. */
const NAMELESS = 0o20000000 | constants.O_DIRECTORY | constants.O_RDWR;

/**
 * Opens a temporary file that only this user can open. It has no name, so that the system deletes it when it is closed.
 * @returns its descriptor
 */
export function openUnlinked(dir: string): number {
  if (process.platform === 'linux') {
    try {
      // Unlike `unlink` after creation, leaves no file behind if the process is killed between the two.
      return openSync(dir, NAMELESS, 0o600);
    } catch {
      // Not supported by all file systems. Other errors occur again below.
    }
  }
  const path = join(dir, `.tsdump-spool-${randomUUID()}`);
  const fd = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return fd;
}

function readAt(fd: number, position: number, buffer: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    read(fd, buffer, 0, buffer.length, position, (error, count) => {
      if (error) reject(error);
      else if (count === 0) reject(new Error('The spool file is shorter than the bytes written to it'));
      else resolve(buffer.subarray(0, count));
    });
  });
}
