import type { Socket } from 'node:net';
import type { ByteSource } from '../../../flow/body/body.js';
import { MemorySource } from '../../../flow/body/byte-source.js';
import { ByteLog } from '../../../flow/body/bytelog.js';
import type { SpoolPolicy } from '../../../flow/body/spool-policy.js';
import { type Input, takeBytes, windowBytes } from '../../../serialize/input/input.js';

const EMPTY = Buffer.alloc(0);

/** The byte stream of a worker. Bodies in memory are views of the received chunks, so they are not copied. */
export class ReceivedBytes implements Input {
  readonly name = 'a worker';
  readonly once = true;
  buffer: Buffer = EMPTY;
  start = 0;
  at = 0;
  /** Whether the window contains the bodies of the next record. */
  inMemory = true;
  private readonly chunks: AsyncIterator<Buffer>;

  constructor(
    socket: Socket,
    private readonly policy: SpoolPolicy,
  ) {
    this.chunks = socket[Symbol.asyncIterator]();
  }

  get available(): number {
    return this.buffer.length - this.at;
  }

  async fill(wanted: number): Promise<number> {
    let size = this.available;
    if (size >= wanted) return size;
    const parts = size > 0 ? [this.buffer.subarray(this.at)] : [];
    while (size < wanted) {
      const chunk = await this.next();
      if (!chunk) break;
      parts.push(chunk);
      size += chunk.length;
    }
    this.start += this.at;
    this.at = 0;
    this.buffer = parts.length === 1 ? parts[0]! : Buffer.concat(parts, size);
    return size;
  }

  body(offset: number, length: number): ByteSource {
    if (!this.inMemory) return new ByteLog(this.policy);
    const at = offset - this.start;
    return new MemorySource(this.buffer.subarray(at, at + length));
  }

  take(bytes: number, log?: ByteLog): Promise<boolean> {
    return takeBytes(this, bytes, log);
  }

  inBlock(offset: number, size: number): Buffer | undefined {
    return windowBytes(this, offset, size);
  }

  reaches(): boolean {
    return true;
  }

  grows(): Promise<boolean> {
    return Promise.resolve(true);
  }

  back(): boolean {
    return false;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** @returns undefined at the end, including the end of a killed worker */
  private async next(): Promise<Buffer | undefined> {
    try {
      const { value, done } = await this.chunks.next();
      return done ? undefined : value;
    } catch {
      return undefined;
    }
  }
}
