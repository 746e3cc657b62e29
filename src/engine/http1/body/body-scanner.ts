import { plural } from '../../../flow/text/plural.js';
import type { BodySink, Framing } from '../../http/wire.js';
import type { Head } from '../head/head.js';
import type { ReaderLimits } from '../head/head-buffer.js';
import { ChunkedScanner } from './chunked.js';

/** Finds the ends of successive bodies (RFC 9112 section 6.3) and passes their content on. */
export class BodyScanner {
  /** Whether the end of the body was found. It stays false for a body that ends with the connection. */
  done = true;
  /** Trailers of the last body, if it is done and had any. */
  trailers: Head | undefined;
  private framing: Framing = { kind: 'none' };
  private remaining = 0;
  private chunked: ChunkedScanner | undefined;
  private sink: BodySink | undefined;

  constructor(private readonly limits: ReaderLimits) {}

  /** Begins a body. */
  begin(framing: Framing, sink: BodySink): void {
    const { maxHeaderSize, strict, status } = this.limits;
    this.done = false;
    this.trailers = undefined;
    this.framing = framing;
    this.sink = sink;
    this.remaining = framing.kind === 'length' ? framing.length : 0;
    this.chunked = framing.kind === 'chunked' ? new ChunkedScanner(maxHeaderSize, strict, status) : undefined;
  }

  /** Whether the body ends with the connection. */
  get endsWithConnection(): boolean {
    return this.framing.kind === 'close';
  }

  /** Number of chunks of the body so far. */
  get chunks(): number {
    return this.chunked?.chunks ?? 0;
  }

  /** The current position in the body, for error messages about a closed connection. */
  get place(): string {
    return this.framing.kind === 'chunked'
      ? 'inside a chunked body'
      : `with ${plural(this.remaining, 'byte')} of the body missing`;
  }

  /** Consumes the part of the chunk that belongs to the body. @returns its length @throws ProtocolError */
  take(chunk: Buffer): number {
    const sink = this.sink!;
    if (this.chunked) {
      const end = this.scanChunks(this.chunked, chunk, sink);
      const { trailersAt, trailerSection } = this.chunked;
      const wireEnd = trailersAt < 0 ? end : trailersAt;
      if (wireEnd > 0) sink.wire(wireEnd === chunk.length ? chunk : chunk.subarray(0, wireEnd));
      if (trailerSection) sink.wire(trailerSection);
      this.done = this.chunked.done;
      if (this.done) this.trailers = this.chunked.trailers;
      return end;
    }
    if (this.framing.kind === 'close') {
      sink.content(chunk);
      sink.wire(chunk);
      return chunk.length;
    }
    const end = Math.min(chunk.length, this.remaining);
    const piece = end === chunk.length ? chunk : chunk.subarray(0, end);
    this.remaining -= end;
    sink.content(piece);
    sink.wire(piece);
    this.done = this.remaining === 0;
    return end;
  }

  /** @returns the offset of the end of the body @throws ProtocolError after the content before the fault was passed on */
  private scanChunks(chunked: ChunkedScanner, bytes: Buffer, sink: BodySink): number {
    try {
      return chunked.scan(bytes, 0, (piece) => sink.content(piece));
    } catch (error) {
      if (chunked.contentEnd > 0) sink.wire(bytes.subarray(0, chunked.contentEnd));
      throw error;
    }
  }
}
