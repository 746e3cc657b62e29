import { type BodySink, type MessageSource, PAUSED } from '../wire.js';

/** The sender is paused beyond this many queued bytes. */
const HIGH_WATER = 64 * 1024;

interface Waiting {
  resolve: (result: IteratorResult<Buffer, undefined>) => void;
  reject: (error: Error) => void;
}

/** A received body as an async iterator; the sender is paused while the queue is full. */
export class BodyQueue implements BodySink, AsyncIterableIterator<Buffer, undefined> {
  /** Why the body is not complete. */
  failure: Error | undefined;
  /** The whole body was received. */
  complete = false;
  /** Further bytes are discarded. */
  private discarding = false;
  private readonly pieces: Buffer[] = [];
  private size = 0;
  private waiting: Waiting | undefined;

  constructor(private readonly from: MessageSource) {
    // The drain event of an earlier body may have been missed.
    from.resume(PAUSED.byWriter);
  }

  wire(): void {}

  content(bytes: Buffer): void {
    if (this.discarding) return;
    const { waiting } = this;
    if (waiting) {
      this.waiting = undefined;
      waiting.resolve({ done: false, value: bytes });
      return;
    }
    this.pieces.push(bytes);
    this.size += bytes.length;
    if (this.size > HIGH_WATER) this.from.pause(PAUSED.byTransform);
  }

  /** Ends the queue; with a failure, iteration ends with it. */
  end(failure?: Error): void {
    this.failure ??= failure;
    this.complete = failure === undefined;
    const { waiting } = this;
    this.waiting = undefined;
    if (failure) waiting?.reject(failure);
    else waiting?.resolve(DONE);
  }

  /** Discards queued and further bytes. */
  discard(): void {
    this.discarding = true;
    this.pieces.length = 0;
    this.size = 0;
    this.from.resume(PAUSED.byTransform);
  }

  next(): Promise<IteratorResult<Buffer, undefined>> {
    const piece = this.pieces.shift();
    if (piece) {
      this.size -= piece.length;
      if (this.size <= HIGH_WATER) this.from.resume(PAUSED.byTransform);
      return Promise.resolve({ done: false, value: piece });
    }
    if (this.failure) return Promise.reject(this.failure);
    if (this.complete || this.discarding) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<Buffer, undefined>> {
    this.discard();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const DONE = { done: true, value: undefined } as const;
