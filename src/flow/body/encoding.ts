import { Decoding, type Decompressor } from './decoding.js';

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
