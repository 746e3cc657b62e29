import type { Clock } from '../../flow/clock.js';
import type { HttpFlow } from '../../flow/flow.js';
import { IDEMPOTENT } from '../../flow/http/methods.js';
import { StoppedRequestError } from '../errors.js';
import type { Services } from '../services.js';
import { sendWhole, transferBody } from './body/body-transfer.js';
import { Transformation } from './body/transformation.js';
import { type IncomingRequest, type OutgoingRequest, statusOnly, UNKNOWN_LENGTH } from './wire.js';

/** The request of an exchange, from the client through the addons to the server. */
export class RequestSide {
  /** The whole body is received before any of it is sent. */
  held = false;
  /** An addon chose to stream the request, so the hook `request` is still pending. */
  streams = false;
  /** Set while the body is being sent. It never rejects. */
  pending: Promise<void> | undefined;
  /** The body is being read to be held. */
  private holding = false;
  /** Why the body could not be read from the client, or passed through a transform. */
  failure: Error | undefined;
  /** Set once transforms have started. */
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
    // A replayed request is complete from the start.
    if (body.complete) this.held = true;
    else if (services.hooks.keepsBodies(flow, 'requestHeaders') && !services.largeBodies.isDropped(this.incoming)) {
      body.keepIn(services.spool);
    }
  }

  /** Whether the whole body has to be received before any of it is sent. */
  mustHold(): boolean {
    const { flow, services, incoming } = this;
    const { body, stream } = flow.request;
    if (flow.response || body.changed || this.holdsForTransforms || stream === false) return true;
    // A request without a body, or a recorded one, is already complete.
    this.streams = stream === true && incoming.framing.kind !== 'none' && !this.held;
    return !this.streams && services.hooks.holds('request', flow) && !services.largeBodies.isStreamed(incoming);
  }

  /** Runs the pending hook `request` of a streamed request, if the whole request was received. */
  runHook(): undefined | Promise<void> {
    const { flow, services } = this;
    if (!flow.request.body.complete) return undefined;
    this.streams = false;
    return services.hooks.emit('request', flow);
  }

  /** Whether transforms require holding: an HTTP/1.0 request cannot have a body of unknown length. */
  private get holdsForTransforms(): boolean {
    const { request } = this.flow;
    const { body } = request;
    // Trailers set by an addon need chunked framing.
    if (request.trailers && !this.incoming.isReplay) body.transforms ??= [];
    if (!body.transforms) return false;
    // Transforms need a body.
    const hasBody = this.incoming.framing.kind !== 'none' || body.changed || request.headers.has('content-length');
    if (!hasBody) body.transforms = undefined;
    return hasBody && (this.held || request.httpVersion === 'HTTP/1.0');
  }

  /** Reads the whole body; `onWait` is called if the client has not sent the whole body yet. */
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

  /** The exchange has ended: unfinished transforms get this error. */
  cancel(error: Error): void {
    this.transformation?.cancel(error);
  }

  /** Whether a body is being received from the client. */
  get uploading(): boolean {
    return this.holding || this.pending !== undefined;
  }

  /** Sends the head, and the body as it arrives. */
  send(outgoing: OutgoingRequest): void {
    const { incoming } = this;
    const { request } = this.flow;
    if (request.body.transforms) return this.sendTransformed(outgoing);
    const framed = outgoing.send(request, incoming.framing, incoming.original, this.held ? request.body : undefined);
    if (this.held) {
      request.timestampEnd ??= this.clock.now();
      const pending = sendWhole(request, outgoing);
      const sending = pending?.then(
        () => {
          // A retry on another connection may have replaced it.
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
      (error: Error) => this.failed(error, outgoing),
    );
  }

  /** Sends the head, and the output of the transforms as it arrives. */
  private sendTransformed(outgoing: OutgoingRequest): void {
    const { request } = this.flow;
    request.body.streaming = true;
    request.headers.delete('content-length');
    outgoing.send(request, UNKNOWN_LENGTH, this.incoming.original);
    const transformation = this.startTransforms(outgoing);
    const sending = transformation.run().then(() => {
      if (transformation.isReceived) return this.sent(outgoing);
      // The rest of the body is still read, so that the client's connection can continue.
      outgoing.end(undefined);
      return transformation.received.then(() => this.done());
    });
    this.pending = sending.then(
      () => {
        this.pending = undefined;
        this.forwardEnd(outgoing);
      },
      (error: Error) => {
        // Reading the response reports the server's failure.
        if (!transformation.receiverGone) this.failed(error, outgoing);
      },
    );
  }

  /**
   * Forwards the end of the client's side, as it would reach the server without a proxy: most servers abandon the request then,
   * others still answer. Without it, a server would not learn that a client has left before it answers.
   */
  forwardEnd(outgoing: OutgoingRequest): void {
    if (!this.incoming.sideEnded) return;
    const { method, headers } = this.flow.request;
    // A tunnel forwards it by itself.
    if (method !== 'CONNECT' && !headers.has('upgrade')) outgoing.endSide?.();
  }

  get isIdempotent(): boolean {
    return IDEMPOTENT.has(this.flow.request.method);
  }

  /** Whether the request may be sent again on another connection if this one fails at any moment. */
  get isRepeatable(): boolean {
    const { request } = this.flow;
    if (!this.isIdempotent) return false;
    return this.held || (this.incoming.framing.kind === 'none' && !request.body.transforms);
  }

  /**
   * Receives the rest of a body that is being forwarded to a server that has refused the request, so that it can be repeated. A
   * client that waits for a 100 gets it from us.
   */
  async receiveRest(): Promise<void> {
    const { body } = this.flow.request;
    if (!this.pending || this.held || this.transformation || !body.kept) return;
    if (this.incoming.expectsContinue && body.size === 0) this.incoming.sendInterim(statusOnly(100, 'Continue'));
    await this.pending;
  }

  /**
   * Whether the request may be repeated on another connection, and is still available for that.
   * @param refused the server has certainly not processed the request
   */
  mayRepeat(refused: boolean): boolean {
    const { method, body } = this.flow.request;
    const { kind } = this.incoming.framing;
    if (!refused && !IDEMPOTENT.has(method)) return false;
    if ((kind === 'none' && !this.transformation) || this.held) return true;
    this.held = body.complete && body.kept;
    return this.held;
  }

  private sent(outgoing: OutgoingRequest): void {
    this.done();
    outgoing.end(this.flow.request.trailers);
    this.forwardEnd(outgoing);
  }

  private failed(error: Error, outgoing: OutgoingRequest): void {
    if (error instanceof StoppedRequestError) return;
    this.failure = error;
    outgoing.abort(error);
  }

  private done(): void {
    const { request } = this.flow;
    request.body.complete = true;
    request.timestampEnd = this.clock.now();
    request.trailers = this.incoming.trailers ?? request.trailers;
  }
}
