import type { Flow } from '../../flow/flow.js';
import type { WriterOptions } from '../format.js';
import { type Piece, writePieces } from './pieces.js';
import { QueuedWriter } from './queued-writer.js';
import type { Sink } from './sinks.js';

/** How a format puts flows into bytes. */
export interface FlowEncoder {
  /** What a file begins with. */
  readonly opening?: Buffer;
  /** What stands between two flows. */
  readonly separator?: Buffer;
  /** What a file ends with. */
  readonly closing?: Buffer;
  /**
   * @returns the pieces in order; undefined if the format cannot hold this flow
   * @throws Error if something is wrong with the flow
   */
  encode(flow: Flow): Piece[] | undefined;
}

/**
 * Writes flows in a format that is not tsdump's own. A piece that cannot be made ends early, and the pieces behind it are
 * written all the same, so that the file stays readable; then `write` rejects.
 */
export class EncodedWriter extends QueuedWriter {
  private count = 0;

  constructor(
    sink: Sink,
    private readonly encoder: FlowEncoder,
    private readonly options: WriterOptions,
  ) {
    super(sink, options);
  }

  protected put(flow: Flow): undefined | Promise<void> {
    const pieces = this.encoder.encode(flow);
    if (!pieces) {
      this.options.onLeftOut?.(flow);
      return undefined;
    }
    const before = this.count === 0 ? this.encoder.opening : this.encoder.separator;
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
    if (this.count === 0 && opening) this.queue.add(opening);
    if (closing) this.queue.add(closing);
    this.queue.commit();
    await this.queue.drained();
    if (closing && this.queue.failed) await this.endEarly(closing);
  }

  /** After a failure the file ends with a whole flow at best; perhaps there is room for its proper end. */
  private async endEarly(closing: Buffer): Promise<void> {
    if (this.sink.size === 0 || !this.queue.endsWhole) return;
    await new Promise<void>((resolve) => this.sink.write([closing], () => resolve()));
  }
}
