import type { Flow } from '../../flow/flow.js';
import type { WriterOptions } from '../format.js';
import { type Piece, writePieces } from './pieces.js';
import { QueuedWriter } from './queued-writer.js';
import type { Sink } from './sinks.js';

/** Encodes flows in one format. */
export interface FlowEncoder {
  /** Bytes at the beginning of a file. */
  readonly opening?: Buffer;
  /** Bytes between two flows. */
  readonly separator?: Buffer;
  /** Bytes at the end of a file. */
  readonly closing?: Buffer;
  /**
   * @returns the pieces in order; undefined if the format cannot represent this flow
   * @throws Error if the flow is invalid
   */
  encode(flow: Flow): Piece[] | undefined;
}

/**
 * Writes flows in a format other than the native one. If a piece fails, it ends early, the following pieces are still written
 * to keep the file readable, and `write` rejects.
 */
export class EncodedWriter extends QueuedWriter {
  private count = 0;
  /** False if the output has earlier content. */
  private readonly isNew: boolean;

  constructor(
    sink: Sink,
    private readonly encoder: FlowEncoder,
    private readonly options: WriterOptions,
  ) {
    super(sink, options);
    this.isNew = sink.size === 0;
  }

  protected put(flow: Flow): undefined | Promise<void> {
    const pieces = this.encoder.encode(flow);
    if (!pieces) {
      this.options.onLeftOut?.(flow);
      return undefined;
    }
    const before = this.count === 0 && this.isNew ? this.encoder.opening : this.encoder.separator;
    this.count++;
    if (before) this.queue.add(before);
    const pending = this.append(pieces);
    this.queue.commit();
    return pending ?? this.queue.backlog;
  }

  private append(pieces: readonly Piece[]): undefined | Promise<void> {
    for (const [at, piece] of pieces.entries()) {
      if (!Buffer.isBuffer(piece)) return this.queue.run((write) => writePieces(pieces.slice(at), write));
      this.queue.add(piece);
    }
    return undefined;
  }

  protected async finish(): Promise<void> {
    const { opening, closing } = this.encoder;
    if (this.count === 0 && this.isNew && opening) this.queue.add(opening);
    if (closing) this.queue.add(closing);
    this.queue.commit();
    await this.queue.drained();
    if (closing && this.queue.failed) await this.endEarly(closing);
  }

  /**
   * Tries to write the closing bytes after a failure, as they may still fit on the disk. Only if the file ends with a complete
   * flow.
   */
  private async endEarly(closing: Buffer): Promise<void> {
    if (this.sink.size === 0 || !this.queue.endsWhole) return;
    await new Promise<void>((resolve) => this.sink.write([closing], () => resolve()));
  }
}
