/** What is taken comes in chunks of at most so many bytes, so that views make text in portions. */
const CHUNK = 64 * 1024;

/** Bytes that come in chunks, of which the first can be looked at before they are taken. */
export class Lookahead {
  private readonly iterator: AsyncIterator<Buffer>;
  private seen: Buffer[] = [];
  private size = 0;
  private ended = false;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.iterator = chunks[Symbol.asyncIterator]();
  }

  /** Waits for so many bytes or the end, whichever comes first. @returns what is there by then, maybe more */
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

  /** All bytes, those that were looked at first. */
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

  /** Nothing more is wanted: closes where the bytes come from. */
  async close(): Promise<void> {
    if (!this.ended) await this.iterator.return?.();
  }
}

function* portions(chunk: Buffer): Generator<Buffer> {
  for (let at = 0; at < chunk.length; at += CHUNK) yield chunk.subarray(at, at + CHUNK);
}
