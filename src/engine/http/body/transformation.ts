import { reportedByPolicy } from '../../../flow/body/spool-policy.js';
import type { HttpFlow } from '../../../flow/flow.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import type { HttpResponse } from '../../../flow/http/http-response.js';
import { KilledError } from '../../errors.js';
import type { Services } from '../../services.js';
import { type BodySink, type MessageSource, type MessageTarget, PAUSED } from '../wire.js';
import type { ContentObserver } from './body-transfer.js';

/** The message of a transformation, its source and its target. */
export interface TransformationParts {
  flow: HttpFlow;
  message: HttpRequest | HttpResponse;
  from: MessageSource;
  /** Undefined if the body is held: then it is only recorded. */
  to: MessageTarget | undefined;
  services: Services;
  events?: ContentObserver | undefined;
}

/**
 * Passes a body through the transforms that addons have set. Their output is sent at the pace of the receiver, and
 * recorded.
 */
export class Transformation {
  /** Resolves when the whole body was received, even if it was discarded; rejects if the sender fails. */
  readonly received: Promise<void>;
  private readonly queue: BodyQueue;
  private readonly transformed: AsyncIterator<Buffer>;
  /** The receiver disconnected. */
  receiverGone = false;
  private canceled: Error | undefined;
  private interrupt: (error: Error) => void = () => {};

  constructor(private readonly parts: TransformationParts) {
    const { from, message } = parts;
    this.queue = new BodyQueue(from);
    this.transformed = message.body.takeTransformed(this.queue)![Symbol.asyncIterator]();
    this.received = this.receive();
    // Awaited after the transforms have ended; this prevents an unhandled rejection until then.
    this.received.catch(() => {});
  }

  /** Whether the whole body was received. Transforms may end before that. */
  get isReceived(): boolean {
    return this.queue.complete;
  }

  /**
   * Resolves when the transforms' output is complete, sent and recorded.
   * @throws the error of a transform, the failure of the sender or of the receiver, KilledError, the error of `cancel`
   */
  async run(): Promise<void> {
    const { queue, transformed } = this;
    try {
      for (;;) {
        const { done, value } = await this.unlessCanceled(transformed.next());
        if (done) break;
        const pending = this.pass(value);
        if (pending) await this.unlessCanceled(pending);
      }
    } catch (error) {
      queue.discard();
      // Do not wait for the transform: it may be waiting for an unrelated promise.
      transformed.return?.().catch(() => {});
      throw this.canceled ?? queue.failure ?? error;
    }
    queue.discard();
    // A transform may have caught the failure, but the body is still incomplete.
    if (queue.failure) throw queue.failure;
  }

  /** Ends the transformation with this error. */
  cancel(error: Error): void {
    this.canceled ??= error;
    this.interrupt(error);
    this.queue.end(error);
  }

  private async receive(): Promise<void> {
    const { queue, parts } = this;
    try {
      const pending = parts.from.readBody(queue);
      if (pending) await pending;
      queue.end();
    } catch (error) {
      queue.end(error as Error);
      throw error;
    }
  }

  private pass(bytes: Buffer): undefined | Promise<void> {
    const { flow, message, to, events } = this.parts;
    if (flow.killed) throw new KilledError();
    const seen = events?.push(bytes);
    to?.write(bytes);
    // Do not append to content that an addon has replaced.
    const keepsUp = message.body.changed || message.body.append(bytes);
    const sent = to?.full ? this.drained(to) : undefined;
    const kept = keepsUp ? undefined : message.body.drained().catch(reportedByPolicy);
    return seen || kept || sent ? Promise.all([seen, kept, sent]).then(() => {}) : undefined;
  }

  private async drained(to: MessageTarget): Promise<void> {
    try {
      await to.drained();
    } catch (error) {
      this.receiverGone = true;
      throw error;
    }
  }

  private unlessCanceled<T>(pending: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.interrupt = reject;
      pending.then(resolve, reject);
      if (this.canceled) reject(this.canceled);
    });
  }
}

/** The sender is paused beyond this many queued bytes. */
const HIGH_WATER = 64 * 1024;

interface Waiting {
  resolve: (result: IteratorResult<Buffer, undefined>) => void;
  reject: (error: Error) => void;
}

/** A received body as an async iterator; the sender is paused while the queue is full. */
class BodyQueue implements BodySink, AsyncIterableIterator<Buffer, undefined> {
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
