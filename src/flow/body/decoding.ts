import type { Transform } from 'node:stream';

/** A stream that decompresses. */
export interface Decompressor extends Transform {
  /** Bytes taken so far. */
  readonly bytesWritten: number;
}

/**
 * Decompresses a stream piece by piece. Everything is handed out that the pieces so far give, also if what follows is
 * damaged, and nothing is decompressed before somebody asks for it.
 */
export class Decoding {
  /** Why it cannot go on. */
  failure: Error | undefined;
  /** True once the end of the compressed stream was met. */
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

  /** Bytes that were understood; what follows the end of the compressed stream is not. */
  get taken(): number {
    return this.stream.bytesWritten;
  }

  /** Whether more can be written. */
  get open(): boolean {
    return !this.ended && !this.failure;
  }

  /** What the next piece decompresses to. It must not change before all was taken. */
  write(piece: Buffer): AsyncGenerator<Buffer> {
    let taken = false;
    this.stream.write(piece, () => {
      taken = true;
      this.wake();
    });
    return this.chunks(() => taken && this.stream.readableLength === 0);
  }

  /** What is left when there are no more pieces. A stream that was cut off fails now. */
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
