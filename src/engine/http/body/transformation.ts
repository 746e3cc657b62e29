import type { HttpFlow } from '../../../flow/flow.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import type { HttpResponse } from '../../../flow/http/http-response.js';
import { KilledError } from '../../errors.js';
import type { Services } from '../../services.js';
import type { MessageSource, MessageTarget } from '../wire.js';
import { BodyQueue } from './body-queue.js';
import type { ContentObserver } from './body-transfer.js';

/** What a body goes through, and where to. */
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
 * A body on its way through the transforms that addons have set for it. What they hand out is sent on, at the pace of the
 * receiver, and recorded.
 */
export class Transformation {
  /** Resolves when all that came in was read, or thrown away; rejects if the sender breaks off. */
  readonly received: Promise<void>;
  private readonly queue: BodyQueue;
  private readonly transformed: AsyncIterator<Buffer>;
  /** The receiver went away. */
  receiverGone = false;
  private canceled: Error | undefined;
  private interrupt: (error: Error) => void = () => {};

  constructor(private readonly parts: TransformationParts) {
    const { from, message } = parts;
    this.queue = new BodyQueue(from);
    this.transformed = message.body.takeTransformed(this.queue)![Symbol.asyncIterator]();
    this.received = this.receive();
    // It is looked at when the transforms are through.
    this.received.catch(() => {});
  }

  /** Whether all of the body has come in. Transforms may have ended it before. */
  get isReceived(): boolean {
    return this.queue.complete;
  }

  /**
   * Resolves when the transforms have handed out everything, and it is sent and recorded.
   * @throws what a transform throws, the failure of the sender or of the receiver, KilledError, the error of `cancel`
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
      // A transform that waits for something else must not hold up the flow.
      transformed.return?.().catch(() => {});
      throw this.canceled ?? queue.failure ?? error;
    }
    queue.discard();
    // A transform may have caught it, but the body is not complete.
    if (queue.failure) throw queue.failure;
  }

  /** Ends it with this error. */
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
    const { flow, message, to, events, services } = this.parts;
    if (flow.killed) throw new KilledError();
    const seen = events?.push(bytes);
    to?.write(bytes);
    // Content that an addon has put in its place already is not added to.
    const keepsUp = message.body.changed || message.body.append(bytes);
    const sent = to?.full ? this.drained(to) : undefined;
    const kept = keepsUp ? undefined : message.body.drained().catch(services.onFatal);
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
