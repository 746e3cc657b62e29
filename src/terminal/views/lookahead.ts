/** Maximum size of a chunk of `take`, so that views produce text in portions. */
const CHUNK = 64 * 1024;

/** A byte stream whose first bytes can be peeked at before it is read. */
export class Lookahead {
  private readonly iterator: AsyncIterator<Buffer>;
  private seen: Buffer[] = [];
  private size = 0;
  private ended = false;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.iterator = chunks[Symbol.asyncIterator]();
  }

  /** Waits for `size` bytes or the end. @returns the bytes received so far, which may be more */
  async peek(size: number): Promise<Buffer> {
    while (this.size < size && !this.ended) {
      const { done, value } = await this.iterator.next();
      if (done) this.ended = true;
      else {
        this.seen.push(value);
        this.size += value.length;
      }
    }
    if (this.seen.length > 1) this.seen = [Buffer.concat(this.seen)];
    return this.seen[0] ?? Buffer.alloc(0);
  }

  /** All bytes, including those that were peeked at. */
  async *take(): AsyncGenerator<Buffer> {
    const seen = this.seen;
    this.seen = [];
    for (const chunk of seen) yield* portions(chunk);
    while (!this.ended) {
      const { done, value } = await this.iterator.next();
      if (done) this.ended = true;
      else yield* portions(value);
    }
  }

  /** Closes the source. */
  async close(): Promise<void> {
    if (!this.ended) await this.iterator.return?.();
  }
}

function* portions(chunk: Buffer): Generator<Buffer> {
  for (let at = 0; at < chunk.length; at += CHUNK) yield chunk.subarray(at, at + CHUNK);
}
