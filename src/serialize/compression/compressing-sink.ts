import type { Sink } from '../output/sinks.js';
import { type Compression, type CompressionCodec, type Compressor, codecOf } from './codec.js';

/** Milliseconds until written data is flushed. From then on it is readable, even if the program is killed. */
const FLUSH_AFTER = 500;

/** Bytes after which a stream is ended and a new one begun. Repairing a torn end reads one stream. */
const STREAM_SIZE = 16 * 1024 * 1024;

type Done = (error?: Error | null) => void;

/** Compresses into another sink: one stream, or several consecutive ones for much data. */
export class CompressingSink implements Sink {
  private readonly codec: CompressionCodec;
  private stream: Compressor;
  /** Offset of the current stream in the sink. */
  private begin: number;
  /** Compressed data that has not been written yet. */
  private output: Buffer[] = [];
  private timer: NodeJS.Timeout | undefined;
  private failure: Error | undefined;
  /** The step in progress; the next one waits for it. */
  private last: Promise<void> = Promise.resolve();

  /**
   * @param flushing whether flows are reported as written only when they are readable; each flush costs some bytes
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

  /** Compressed size, without data that the stream still holds. */
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

  /** Ends the stream and begins a new one. */
  private async next(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.end();
    this.stream = this.open();
    this.begin = this.sink.size;
  }

  /** A failure is reported by the next write. */
  private flush(): void {
    this.timer = undefined;
    this.step((next) => this.stream.flush(this.codec.flush, next)).catch(() => {});
  }

  /** Runs an action on the stream after the previous ones, and writes the resulting data. */
  private step(action: (next: () => void) => void): Promise<void> {
    const run = async (): Promise<void> => {
      if (!this.failure) await new Promise<void>((resolve) => action(resolve));
      // Buffered data is also emitted as `data`; since Node 26 each call returns one chunk.
      while (this.stream.read() !== null);
      await this.pass();
    };
    this.last = this.last.then(run, run);
    return this.last;
  }

  /** @throws Error of the sink, also an earlier one */
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
