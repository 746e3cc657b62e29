import { crc32 } from '../runtime.js';
import { GrowingBuffer } from './growing-buffer.js';
import type { Spool } from './spool.js';
import type { SpooledLog, SpoolPolicy } from './spool-policy.js';

/** Chunks from this size on, in bytes, are worth a buffer of their own. */
const SMALL = 1024;

/** Small chunks are joined up to this size in bytes, so that little memory is reserved in advance. */
const JOINED = 64 * 1024;

/** Number of chunks that are kept without a copy, however small. Most bodies have fewer. */
const FEW = 8;

/**
 * An append-only byte log: in memory first, in a spool file once it exceeds the limits of the policy. Bodies and message logs
 * are stored in it, so memory use does not grow with their size.
 */
export class ByteLog implements SpooledLog {
  /** Bytes appended so far. */
  size = 0;
  /** CRC-32 of all bytes appended so far. */
  crc = 0;
  private chunks: Buffer[] = [];
  /** Small chunks, joined: the last of `chunks`. */
  private joined: GrowingBuffer | undefined;
  private memory = 0;
  private spool: Spool | undefined;
  private released = false;

  constructor(private readonly policy: SpoolPolicy) {}

  /**
   * Appends a chunk without copying it, unless it is one of many small ones.
   * @returns false if the disk is behind; the producer should then wait for `drained()`
   */
  append(chunk: Buffer): boolean {
    this.size += chunk.length;
    this.crc = crc32(chunk, this.crc);
    if (this.spool) return this.spool.write(chunk);
    if (chunk.length >= SMALL || this.chunks.length < FEW) this.chunks.push(chunk);
    else this.collect(chunk);
    this.memory += chunk.length;
    return this.policy.grew(this, chunk.length);
  }

  /**
   * Joins small chunks. A buffer takes some 100 bytes besides its content, and a view of what was read from a socket keeps all of
   * that in memory.
   */
  private collect(chunk: Buffer): void {
    const { chunks, joined } = this;
    if (joined && chunks.at(-1) === joined.bytes && joined.bytes.length + chunk.length <= JOINED) chunks.pop();
    else this.joined = new GrowingBuffer();
    this.joined!.append(chunk);
    chunks.push(this.joined!.bytes);
  }

  /** Resolves when the disk has caught up; rejects if the spool file could not be written. */
  async drained(): Promise<void> {
    await this.spool?.drained();
  }

  /** Whether the spool file could not be written, so that the bytes are lost. */
  get failed(): boolean {
    return this.spool?.failed ?? false;
  }

  /** Resolves when all bytes are in the spool file, or it has failed; undefined if that is so already. */
  settled(): Promise<void> | undefined {
    return this.spool?.settled();
  }

  /** Bytes held in memory. */
  get inMemory(): number {
    return this.memory;
  }

  /** Moves the bytes in memory to a spool file, if one can be opened now. @returns false if the disk is behind */
  toDisk(): boolean {
    if (this.spool) return true;
    this.spool = this.policy.open();
    if (!this.spool) return true;
    let keepsUp = true;
    for (const chunk of this.chunks) keepsUp = this.spool.write(chunk);
    this.policy.shrank(this, this.memory);
    this.chunks = [];
    this.joined = undefined;
    this.memory = 0;
    return keepsUp;
  }

  /** All bytes as one buffer, if they are in memory: the cheap way to read small logs. */
  get buffer(): Buffer | undefined {
    if (this.spool || this.released) return undefined;
    if (this.chunks.length > 1) {
      this.chunks = [Buffer.concat(this.chunks)];
      this.joined = undefined;
    }
    return this.chunks[0] ?? Buffer.alloc(0);
  }

  /**
   * The bytes from `start` to `end`, by default all that were appended before the call.
   * @throws Error if the log was released and was on disk
   */
  async *read(start = 0, end = this.size): AsyncGenerator<Buffer> {
    if (this.spool) {
      yield* this.spool.read(start, end);
      return;
    }
    let at = 0;
    // Copied, because chunks may be appended while we iterate; they are beyond `end`.
    for (const chunk of [...this.chunks]) {
      const part = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
      if (part.length > 0) yield part;
      at += chunk.length;
    }
  }

  readInto(memory: Buffer, end = this.size): AsyncIterable<Buffer> {
    return this.spool ? this.spool.read(0, end, memory) : this.read(0, end);
  }

  /** The bytes appended so far; later appends do not change it. Releasing the snapshot releases the log. */
  snapshot() {
    const { size } = this;
    const read = (): AsyncIterable<Buffer> => this.read(0, size);
    const readInto = (memory: Buffer): AsyncIterable<Buffer> => this.readInto(memory, size);
    return { size, buffer: undefined, read, readInto, release: () => this.release() } as const;
  }

  /** The bytes as a source that does not depend on this log; undefined if they are on disk. */
  inMemorySource() {
    if (this.spool) return undefined;
    const { size, chunks } = this;
    const read = async function* (): AsyncGenerator<Buffer> {
      yield* chunks;
    };
    return { size, buffer: chunks.length === 1 ? chunks[0] : undefined, read, release: () => {} };
  }

  get isReleased(): boolean {
    return this.released;
  }

  /** Ends memory accounting and closes the spool file. Bytes that were in memory can still be read. */
  release(): void {
    if (this.released) return;
    this.released = true;
    this.policy.shrank(this, this.memory);
    this.spool?.close();
  }
}
