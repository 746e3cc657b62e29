import { ByteLog } from '../../flow/body/bytelog.js';
import type { SpoolPolicy } from '../../flow/body/spool-policy.js';
import type { Input } from './input.js';

const EMPTY = Buffer.alloc(0);

/** A pipe or the like: read once, in order. Bodies are kept if somebody wants them, and passed over otherwise. */
export class StreamInput implements Input {
  readonly once = true;
  buffer: Buffer = EMPTY;
  start = 0;
  at = 0;
  private ended = false;
  /** The memory of the window, where it has room for more. */
  private own: ArrayBufferLike | undefined;
  private readonly chunks: AsyncIterator<Buffer>;

  constructor(
    readonly name: string,
    stream: AsyncIterable<Buffer>,
    private readonly policy: SpoolPolicy,
  ) {
    this.chunks = stream[Symbol.asyncIterator]();
  }

  async fill(wanted: number): Promise<number> {
    this.start += this.at;
    this.buffer = this.buffer.subarray(this.at);
    this.at = 0;
    while (this.buffer.length < wanted) {
      const chunk = await this.next();
      if (!chunk) break;
      this.append(chunk);
    }
    return this.buffer.length;
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

  async take(bytes: number, log?: ByteLog): Promise<boolean> {
    for (let left = bytes; left > 0; ) {
      if (this.at === this.buffer.length && (await this.fill(1)) === 0) return false;
      const end = Math.min(this.buffer.length, this.at + left);
      if (log && !log.append(this.buffer.subarray(this.at, end))) await log.drained();
      left -= end - this.at;
      this.at = end;
    }
    return true;
  }

  back(): boolean {
    return false;
  }

  async close(): Promise<void> {
    this.buffer = EMPTY;
    await this.chunks.return?.();
  }

  /** A window that grows by small chunks is in memory that doubles, so that it takes linear time. */
  private append(chunk: Buffer): void {
    const have = this.buffer.length;
    if (have === 0) {
      this.buffer = chunk;
      return;
    }
    const length = have + chunk.length;
    if (this.own !== this.buffer.buffer || this.own.byteLength - this.buffer.byteOffset < length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * have));
      this.buffer.copy(larger);
      this.own = larger.buffer;
      this.buffer = larger;
    }
    this.buffer = Buffer.from(this.own, this.buffer.byteOffset, length);
    chunk.copy(this.buffer, have);
  }

  private async next(): Promise<Buffer | undefined> {
    if (this.ended) return undefined;
    const { value, done } = await this.chunks.next();
    if (done) this.ended = true;
    return done ? undefined : value;
  }
}
