import { Decoding, type Decompressor } from './decoding.js';

/** A stream that compresses. */
export interface Compressor extends Decompressor {
  /** Hands out all that was written so far. */
  flush(callback: () => void): void;
}

/** Compresses a stream piece by piece, as `Decoding` does the reverse. */
export class Encoding extends Decoding {
  constructor(private readonly compressor: Compressor) {
    super(compressor);
  }

  /** What is still missing of the pieces so far, so that the receiver can decompress them. */
  flush(): AsyncGenerator<Buffer> {
    let flushed = false;
    this.compressor.flush(() => {
      flushed = true;
      this.wake();
    });
    return this.chunks(() => flushed && this.compressor.readableLength === 0);
  }
}
