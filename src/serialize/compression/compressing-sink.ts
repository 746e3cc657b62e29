import type { Sink } from '../output/sinks.js';
import { type Codec, type Compression, type Compressor, codecOf } from './codec.js';

/** Milliseconds after which what was written is flushed: it can be read then, whatever happens to the program. */
const FLUSH_AFTER = 500;

/** A stream is ended when it has so many bytes, and the next begun: so much is looked through if its end is torn. */
const STREAM_SIZE = 16 * 1024 * 1024;

type Done = (error?: Error | null) => void;

/** Compresses what is written into another sink, as one stream or, if it is much, several that follow each other. */
export class CompressingSink implements Sink {
  private readonly codec: Codec;
  private stream: Compressor;
  /** Where the stream begins in the sink. */
  private begin: number;
  /** What came out of the stream and has yet to be written. */
  private output: Buffer[] = [];
  private timer: NodeJS.Timeout | undefined;
  private failure: Error | undefined;
  /** What is under way; the next step waits for it. */
  private last: Promise<void> = Promise.resolve();

  /**
   * @param flushing whether flows count as written only when they can be read: each time costs some bytes
   * @param streamSize bytes after which a stream is ended
   * @throws CompressionMissingError
   */
  constructor(
    private readonly sink: Sink,
    compression: Compression,
    private readonly flushing = false,
    private readonly streamSize = STREAM_SIZE,
  ) {
    this.codec = codecOf(compression);
    this.stream = this.open();
    this.begin = sink.size;
  }

  get name(): string {
    return this.sink.name;
  }

  /** After compressing, without what the stream still holds. */
  get size(): number {
    return this.sink.size;
  }

  write(chunks: readonly Buffer[], done: Done): void {
    this.step((next) => {
      chunks.forEach((chunk, at) => {
        this.stream.write(chunk, at === chunks.length - 1 ? next : undefined);
      });
      if (chunks.length === 0) next();
    }).then(() => done(), done);
    this.timer ??= setTimeout(() => this.flush(), FLUSH_AFTER);
  }

  settle(done: Done): void {
    const settle = (): void => (this.sink.settle ? this.sink.settle(done) : done());
    if (this.sink.size - this.begin >= this.streamSize) this.next().then(settle, done);
    else if (this.flushing) this.step((next) => this.stream.flush(this.codec.flush, next)).then(settle, done);
    else settle();
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    try {
      await this.end();
    } finally {
      await this.sink.close();
    }
  }

  private open(): Compressor {
    const stream = this.codec.compressor();
    stream.on('data', (chunk: Buffer) => this.output.push(chunk));
    stream.on('error', (error) => {
      this.failure = error;
    });
    return stream;
  }

  private end(): Promise<void> {
    return this.step((next) => {
      this.stream.on('close', next);
      this.stream.end();
    });
  }

  /** Ends the stream and begins another. */
  private async next(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.end();
    this.stream = this.open();
    this.begin = this.sink.size;
  }

  /** Whoever writes next learns of a failure. */
  private flush(): void {
    this.timer = undefined;
    this.step((next) => this.stream.flush(this.codec.flush, next)).catch(() => {});
  }

  /** Does the next step with the stream, and writes what comes out of it. */
  private step(action: (next: () => void) => void): Promise<void> {
    const run = async (): Promise<void> => {
      if (!this.failure) await new Promise<void>((resolve) => action(resolve));
      // What the stream still holds comes as data, too: one piece with each call since Node 26.
      while (this.stream.read() !== null);
      await this.pass();
    };
    this.last = this.last.then(run, run);
    return this.last;
  }

  /** @throws Error that the sink gave, also an earlier one */
  private async pass(): Promise<void> {
    if (this.failure) throw this.failure;
    const chunks = this.output;
    if (chunks.length === 0) return;
    this.output = [];
    try {
      await new Promise<void>((resolve, reject) => {
        this.sink.write(chunks, (error) => (error ? reject(error) : resolve()));
      });
    } catch (error) {
      this.failure = error as Error;
      throw error;
    }
  }
}
