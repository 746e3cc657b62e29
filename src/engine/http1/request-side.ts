import type { Clock } from '../../flow/clock.js';
import type { HttpFlow } from '../../flow/flow.js';
import { Headers } from '../../flow/headers.js';
import type { Services } from '../services.js';
import { sendWhole, transferBody } from './body-transfer.js';
import { type Framing, NO_BODY, requestFraming } from './framing.js';
import type { Head } from './head.js';
import { agreeOnFraming, requestHead } from './head-writer.js';
import type { Http1Reader } from './reader.js';
import type { Intake } from './request-intake.js';
import type { Upstream } from './upstream.js';

/** Methods whose request may be sent twice (RFC 9110 section 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** The request of an exchange on its way from the client, past who keeps or changes it, to the server. */
export class RequestSide {
  /** All of it is there before any of it goes on. */
  held = false;
  /** There while the body is still going up. It never rejects. */
  pending: Promise<void> | undefined;
  /** Why the body could not be read from the client. */
  failure: Error | undefined;
  private framing: Framing = NO_BODY;

  private readonly authority: string;

  constructor(
    private readonly flow: HttpFlow,
    private readonly head: Head,
    private readonly intake: Intake,
    private readonly reader: Http1Reader,
    private readonly services: Services,
    private readonly clock: Clock,
  ) {
    this.authority = flow.request.authority;
  }

  /** @throws ProtocolError if its body could be understood in two ways */
  begin(): void {
    const { flow, services } = this;
    this.framing = requestFraming(this.head, flow.request.httpVersion, services.options.validateInboundHeaders);
    if (services.hooks.keepsBodies(flow, 'requestHeaders')) flow.request.body.keepIn(services.spool);
  }

  /** Reads the whole body; `onWait` is called if the client has not sent all of it yet. */
  async hold(onWait: () => void): Promise<void> {
    const { body } = this.flow.request;
    this.held = true;
    if (body.size === 0) body.keepIn(this.services.spool);
    const pending = transferBody(this.reader, this.framing, body, undefined, this.services);
    if (pending) {
      onWait();
      await pending;
    }
    this.done();
  }

  /** Sends the head, and the body as far and as soon as it is there. */
  send(upstream: Upstream): void {
    const { request } = this.flow;
    const { outlet } = upstream;
    const oneChunk = agreeOnFraming(request.headers, this.framing, this.held ? request.body : undefined);
    const { forwarder } = upstream.channel;
    const { raw, prefix } = this.intake;
    if (forwarder) outlet.writeHead(requestHead(request, forwarder));
    else if (raw && !request.headChanged) outlet.writeHead(raw);
    // An addon may have sent it elsewhere, where no proxy is.
    else outlet.writeHead(requestHead(request, undefined, request.authority === this.authority ? prefix : ''));
    if (this.held) {
      const sending = sendWhole(request, outlet, oneChunk).then(
        () => {
          // Another connection may have been begun with meanwhile.
          if (this.pending === sending) this.pending = undefined;
        },
        (error) => upstream.close(error),
      );
      this.pending = sending;
      return;
    }
    const pending = transferBody(this.reader, this.framing, request.body, outlet, this.services);
    if (!pending) {
      this.done();
      return;
    }
    this.pending = pending.then(
      () => {
        this.done();
        this.pending = undefined;
      },
      (error: Error) => {
        this.failure = error;
        upstream.close(error);
      },
    );
  }

  /** Whether it may and can be sent once more, on another connection. */
  mayRepeat(): boolean {
    const { method, body } = this.flow.request;
    if (!IDEMPOTENT.has(method)) return false;
    if (this.framing.kind === 'none' || this.held) return true;
    this.held = body.complete && body.kept && this.framing.kind === 'length';
    return this.held;
  }

  private done(): void {
    const { request } = this.flow;
    request.body.complete = true;
    request.timestampEnd = this.clock.now();
    if (this.framing.kind !== 'chunked') return;
    const { trailers } = this.reader;
    if (trailers) request.trailers = new Headers(trailers.block);
  }
}
