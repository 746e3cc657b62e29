import { ByteLog } from './byte-log.js';
import type { ByteSource } from './byte-source.js';
import { collect } from './content-coding.js';
import { ReferenceCount } from './reference-count.js';
import type { SpoolPolicy } from './spool-policy.js';

/** The content was not kept, so it cannot be read. */
export class BodyMissingError extends Error {
  override name = 'BodyMissingError';
  constructor() {
    super('The content of this message was not kept');
  }
}

/**
 * The bytes of a body: always counted, and kept in memory or in a spool file if an addon or an output needs them. Copies share
 * them.
 */
export class KeptBytes {
  /** Bytes on the wire without chunk framing, still content-coded, whether or not they were kept. */
  size = 0;
  /** False until the end of the body was received; stays false if the body was cut off. */
  complete = false;
  protected source: ByteSource | undefined;
  protected policy: SpoolPolicy | undefined;
  /** Reference count of the source, once copies exist. */
  private users: ReferenceCount | undefined;
  private released = false;

  /** Keeps the bytes that are appended from now on. Without this call they are only counted. */
  keepIn(policy: SpoolPolicy): void {
    if (this.size === 0) this.policy = policy;
  }

  /** Whether the content can be read. Empty content always can. What a full disk has lost cannot: reading fails with the cause. */
  get kept(): boolean {
    return this.size === 0 || this.stored !== undefined;
  }

  /** The stored bytes, for writers of capture files. Undefined if the body is empty, or was not or could not be kept. */
  get stored(): ByteSource | undefined {
    const { source } = this;
    return source instanceof ByteLog && source.failed ? undefined : source;
  }

  /** Resolves when it is known whether the bytes could be kept; undefined if that is known already. */
  settled(): Promise<void> | undefined {
    return this.source instanceof ByteLog ? this.source.settled() : undefined;
  }

  /** Appends a chunk of live traffic without copying it. @returns false if the producer should wait for `drained` */
  append(chunk: Buffer): boolean {
    this.size += chunk.length;
    if (!this.policy) return true;
    const log = (this.source as ByteLog | undefined) ?? new ByteLog(this.policy);
    this.source = log;
    return log.append(chunk);
  }

  /** Resolves when the spool file has caught up. @throws Error (of `fs`) if it cannot be written */
  async drained(): Promise<void> {
    if (this.source instanceof ByteLog) await this.source.drained();
  }

  /** The content before content-decoding, chunk by chunk. @throws BodyMissingError */
  async *rawChunks(): AsyncGenerator<Buffer> {
    if (this.size > 0 && !this.source) throw new BodyMissingError();
    if (this.source) yield* this.source.read();
  }

  /** The content before content-decoding. @param limit maximum bytes to return @throws BodyMissingError */
  async rawBytes(limit?: number): Promise<Buffer> {
    const buffer = this.source?.buffer;
    if (buffer) return limit !== undefined && buffer.length > limit ? buffer.subarray(0, limit) : buffer;
    return collect(this.rawChunks(), limit);
  }

  /**
   * Gives up ownership of the bytes, so that the garbage collector can free them. Bytes in memory are no longer accounted for.
   * @returns a function that releases the spool file; undefined if the bytes are in memory
   */
  disown(): (() => void) | undefined {
    const { users, source } = this;
    if (this.released || !source) return undefined;
    const inMemory = source instanceof ByteLog ? source.inMemorySource() : undefined;
    if (inMemory) {
      this.release();
      this.users = undefined;
      this.source = inMemory;
      return undefined;
    }
    this.released = true;
    return () => {
      if (!users || users.remove()) source.release();
    };
  }

  /** Ends memory accounting and closes the spool file, once all copies are released. */
  release(): void {
    if (this.released) return;
    this.released = true;
    if (!this.users || this.users.remove()) this.source?.release();
  }

  /** Lets a copy use the same bytes. A copy of incomplete bytes has those received so far. */
  protected shareWith(copy: KeptBytes): void {
    if (!this.source) return;
    this.users ??= new ReferenceCount();
    copy.users = this.users.add();
    const isGrowing = !this.complete && this.source instanceof ByteLog;
    copy.source = isGrowing ? (this.source as ByteLog).snapshot() : this.source;
  }

  /** Replaces the bytes by others, which are complete. */
  protected replaceSource(source: ByteSource): void {
    this.release();
    this.released = false;
    this.users = undefined;
    this.source = source;
    this.size = source.size;
  }
}
