import type { Transform } from 'node:stream';

/** A stream that decompresses. */
export interface Decompressor extends Transform {
  /** Input bytes consumed so far. */
  readonly bytesWritten: number;
}

/** Bytes that are not valid in their coding. */
export class DecodingError extends Error {
  override name = 'DecodingError';
}

/**
 * Decompresses a stream chunk by chunk, on demand. All output of the chunks so far is delivered, even if the following bytes are
 * damaged.
 */
export class Decoding {
  /** Why decompression stopped early. */
  failure: Error | undefined;
  /** True once the end of the compressed stream was reached. */
  ended = false;
  private readonly ready: Buffer[] = [];
  protected wake: () => void = () => {};

  constructor(protected readonly stream: Decompressor) {
    stream.on('data', (chunk: Buffer) => {
      this.ready.push(chunk);
      stream.pause();
      this.wake();
    });
    stream.on('end', () => {
      this.ended = true;
      this.wake();
    });
    stream.on('error', (error) => {
      this.failure = error;
      this.wake();
    });
  }

  /** Input bytes consumed, without the bytes after the end of the compressed stream. */
  get taken(): number {
    return this.stream.bytesWritten;
  }

  /** Whether more can be written. */
  get open(): boolean {
    return !this.ended && !this.failure;
  }

  /** Decompresses the next chunk. The chunk must not change until the generator is exhausted. */
  write(piece: Buffer): AsyncGenerator<Buffer> {
    let taken = false;
    this.stream.write(piece, () => {
      taken = true;
      this.wake();
    });
    return this.chunks(() => taken && this.stream.readableLength === 0);
  }

  /** The rest of the output after the last chunk. Sets `failure` if the compressed stream was cut off. */
  end(): AsyncGenerator<Buffer> {
    if (this.open) this.stream.end();
    return this.chunks(() => false);
  }

  close(): void {
    this.stream.destroy();
  }

  protected async *chunks(isDone: () => boolean): AsyncGenerator<Buffer> {
    for (;;) {
      const chunk = this.ready.shift();
      if (chunk) {
        yield chunk;
        this.stream.resume();
      } else if (isDone() || !this.open) return;
      else {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    }
  }
}

/** A stream that compresses. */
export interface Compressor extends Decompressor {
  /** Makes output for all input so far available. */
  flush(callback: () => void): void;
}

/** Compresses a stream chunk by chunk: the counterpart of `Decoding`. */
export class Encoding extends Decoding {
  constructor(private readonly compressor: Compressor) {
    super(compressor);
  }

  /** The pending output, so that the receiver can decompress all chunks so far. */
  flush(): AsyncGenerator<Buffer> {
    let flushed = false;
    this.compressor.flush(() => {
      flushed = true;
      this.wake();
    });
    return this.chunks(() => flushed && this.compressor.readableLength === 0);
  }
}
