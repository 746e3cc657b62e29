import { ByteLog } from '../../flow/body/bytelog.js';
import { GrowingBuffer } from '../../flow/body/growing-buffer.js';
import type { SpoolPolicy } from '../../flow/body/spool-policy.js';
import { type Input, takeBytes, windowBytes } from './input.js';

const EMPTY = Buffer.alloc(0);

/** A pipe or another stream, read once and in order. Bodies are stored if they are needed, and skipped otherwise. */
export class StreamInput implements Input {
  readonly once = true;
  buffer: Buffer = EMPTY;
  start = 0;
  at = 0;
  private ended = false;
  private readonly window = new GrowingBuffer();
  private readonly chunks: AsyncIterator<Buffer>;

  constructor(
    readonly name: string,
    stream: AsyncIterable<Buffer>,
    private readonly policy: SpoolPolicy,
  ) {
    this.chunks = stream[Symbol.asyncIterator]();
  }

  async fill(wanted: number): Promise<number> {
    const { window } = this;
    this.start += this.at;
    window.drop(this.at);
    this.at = 0;
    this.buffer = window.bytes;
    while (window.bytes.length < wanted) {
      const chunk = await this.next();
      if (!chunk) break;
      window.append(chunk);
      this.buffer = window.bytes;
    }
    return window.bytes.length;
  }

  reaches(): boolean {
    return true;
  }

  grows(): Promise<boolean> {
    return Promise.resolve(true);
  }

  body(): ByteLog {
    return new ByteLog(this.policy);
  }

  inBlock(offset: number, size: number): Buffer | undefined {
    return windowBytes(this, offset, size);
  }

  take(bytes: number, log?: ByteLog): Promise<boolean> {
    return takeBytes(this, bytes, log);
  }

  back(): boolean {
    return false;
  }

  async close(): Promise<void> {
    this.buffer = EMPTY;
    await this.chunks.return?.();
  }

  private async next(): Promise<Buffer | undefined> {
    if (this.ended) return undefined;
    const { value, done } = await this.chunks.next();
    if (done) this.ended = true;
    return done ? undefined : value;
  }
}
