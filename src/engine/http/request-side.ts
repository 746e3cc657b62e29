import type { Clock } from '../../flow/clock.js';
import type { HttpFlow } from '../../flow/flow.js';
import type { Services } from '../services.js';
import { sendWhole, transferBody } from './body/body-transfer.js';
import type { IncomingRequest, OutgoingRequest } from './wire.js';

/** Methods whose request may be sent twice (RFC 9110 section 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** The request of an exchange on its way from the client, past who keeps or changes it, to the server. */
export class RequestSide {
  /** All of it is there before any of it goes on. */
  held = false;
  /** There while the body is still going up. It never rejects. */
  pending: Promise<void> | undefined;
  /** The body is being read to be held. */
  private holding = false;
  /** Why the body could not be read from the client. */
  failure: Error | undefined;

  constructor(
    private readonly flow: HttpFlow,
    private readonly incoming: IncomingRequest,
    private readonly services: Services,
    private readonly clock: Clock,
  ) {}

  begin(): void {
    const { flow, services } = this;
    const { body } = flow.request;
    // A replayed request is there from the start.
    if (body.complete) this.held = true;
    else if (services.hooks.keepsBodies(flow, 'requestHeaders')) body.keepIn(services.spool);
  }

  /** Reads the whole body; `onWait` is called if the client has not sent all of it yet. */
  async hold(onWait: () => void): Promise<void> {
    const { body } = this.flow.request;
    if (this.held) return this.done();
    this.held = true;
    if (body.size === 0) body.keepIn(this.services.spool);
    const pending = transferBody(this.incoming, body, undefined, false, this.services);
    if (pending) {
      onWait();
      this.holding = true;
      await pending;
      this.holding = false;
    }
    this.done();
  }

  /** A body is on its way from the client. */
  get uploading(): boolean {
    return this.holding || this.pending !== undefined;
  }

  /** Sends the head, and the body as far and as soon as it is there. */
  send(outgoing: OutgoingRequest): void {
    const { incoming } = this;
    const { request } = this.flow;
    const framed = outgoing.send(request, incoming.framing, incoming.original, this.held ? request.body : undefined);
    if (this.held) {
      request.timestampEnd ??= this.clock.now();
      const sending = sendWhole(request, outgoing).then(
        () => {
          // Another connection may have been begun with meanwhile.
          if (this.pending === sending) this.pending = undefined;
        },
        (error) => outgoing.abort(error),
      );
      this.pending = sending;
      return;
    }
    const pending = transferBody(incoming, request.body, outgoing, framed, this.services);
    if (!pending) {
      this.sent(outgoing);
      return;
    }
    this.pending = pending.then(
      () => {
        this.sent(outgoing);
        this.pending = undefined;
      },
      (error: Error) => {
        this.failure = error;
        outgoing.abort(error);
      },
    );
  }

  /** Whether it may and can be sent once more, on another connection. */
  mayRepeat(): boolean {
    const { method, body } = this.flow.request;
    const { kind } = this.incoming.framing;
    if (!IDEMPOTENT.has(method)) return false;
    if (kind === 'none' || this.held) return true;
    this.held = body.complete && body.kept && kind === 'length';
    return this.held;
  }

  private sent(outgoing: OutgoingRequest): void {
    this.done();
    outgoing.end(this.flow.request.trailers);
  }

  private done(): void {
    const { request } = this.flow;
    request.body.complete = true;
    request.timestampEnd = this.clock.now();
    request.trailers = this.incoming.trailers ?? request.trailers;
  }
}
