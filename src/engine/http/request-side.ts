import type { Clock } from '../../flow/clock.js';
import type { HttpFlow } from '../../flow/flow.js';
import type { Services } from '../services.js';
import { sendWhole, transferBody } from './body/body-transfer.js';
import { Transformation } from './body/transformation.js';
import { type IncomingRequest, type OutgoingRequest, UNKNOWN_LENGTH } from './wire.js';

/** Methods whose request may be sent twice (RFC 9110 section 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** The request of an exchange on its way from the client, past who keeps or changes it, to the server. */
export class RequestSide {
  /** All of it is there before any of it goes on. */
  held = false;
  /** The hook `request` is still to be called, as an addon wanted it not to be held. */
  streams = false;
  /** There while the body is still going up. It never rejects. */
  pending: Promise<void> | undefined;
  /** The body is being read to be held. */
  private holding = false;
  /** Why the body could not be read from the client, or passed through a transform. */
  failure: Error | undefined;
  /** There once transforms have been begun with. */
  private transformation: Transformation | undefined;

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

  /** Whether all of it is to be there before any of it goes on. */
  mustHold(): boolean {
    const { flow, services, incoming } = this;
    const { body, stream } = flow.request;
    if (flow.response || body.changed || this.holdsForTransforms || stream === false) return true;
    // What has no body, or was recorded, is all there.
    this.streams = stream === true && incoming.framing.kind !== 'none' && !this.held;
    return !this.streams && services.hooks.holds('request', flow);
  }

  /** The hook `request` for a request that an addon wanted not to be held, once all of it has come. */
  show(): undefined | Promise<void> {
    const { flow, services } = this;
    if (!flow.request.body.complete) return undefined;
    this.streams = false;
    return services.hooks.emit('request', flow);
  }

  /** Whether transforms make it necessary to hold it: HTTP/1.0 has no body of unknown length in a request. */
  private get holdsForTransforms(): boolean {
    const { request } = this.flow;
    const { body } = request;
    if (!body.transforms) return false;
    // Without a body there is nothing to transform.
    const hasBody = this.incoming.framing.kind !== 'none' || body.changed || request.headers.has('content-length');
    if (!hasBody) body.transforms = undefined;
    return hasBody && (this.held || request.httpVersion === 'HTTP/1.0');
  }

  /** Reads the whole body; `onWait` is called if the client has not sent all of it yet. */
  async hold(onWait: () => void): Promise<void> {
    const { services, incoming } = this;
    const { body } = this.flow.request;
    if (!this.held) {
      this.held = true;
      if (body.size === 0) body.keepIn(services.spool);
      const pending =
        body.transforms && !body.changed
          ? this.transformHeld(onWait)
          : transferBody(incoming, body, undefined, false, services);
      if (pending) {
        if (!this.transformation) onWait();
        this.holding = true;
        await pending;
        this.holding = false;
      }
    }
    if (body.transforms) await body.applyTransforms(services.spool);
    this.done();
  }

  private async transformHeld(onWait: () => void): Promise<void> {
    const transformation = this.startTransforms(undefined);
    if (!transformation.isReceived) onWait();
    await transformation.run();
    await transformation.received;
  }

  private startTransforms(to: OutgoingRequest | undefined): Transformation {
    const { flow, incoming: from, services } = this;
    this.transformation = new Transformation({ flow, message: flow.request, from, to, services });
    return this.transformation;
  }

  /** The exchange is over: transforms get this error, if they have not ended. */
  cancel(error: Error): void {
    this.transformation?.cancel(error);
  }

  /** A body is on its way from the client. */
  get uploading(): boolean {
    return this.holding || this.pending !== undefined;
  }

  /** Sends the head, and the body as far and as soon as it is there. */
  send(outgoing: OutgoingRequest): void {
    const { incoming } = this;
    const { request } = this.flow;
    if (request.body.transforms) return this.sendTransformed(outgoing);
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
    request.body.streaming = true;
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

  /** Sends the head, and the body as it comes out of the transforms. */
  private sendTransformed(outgoing: OutgoingRequest): void {
    const { request } = this.flow;
    request.body.streaming = true;
    request.headers.delete('content-length');
    outgoing.send(request, UNKNOWN_LENGTH, this.incoming.original);
    const transformation = this.startTransforms(outgoing);
    const sending = transformation.run().then(() => {
      if (transformation.isReceived) return this.sent(outgoing);
      // The rest is read all the same, so that the client's connection can go on.
      outgoing.end(undefined);
      return transformation.received.then(() => this.done());
    });
    this.pending = sending.then(
      () => {
        this.pending = undefined;
      },
      (error: Error) => {
        // What became of the server shows where its response is read.
        if (transformation.receiverGone) return;
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
    const { transformation } = this;
    if ((kind === 'none' && !transformation) || this.held) return true;
    this.held = body.complete && body.kept && (kind === 'length' || transformation !== undefined);
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
