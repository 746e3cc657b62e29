import { BodyTransformError } from '../../flow/body/transform.js';
import { Clock } from '../../flow/clock.js';
import { ServerConnection } from '../../flow/connection.js';
import { HttpFlow } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import type { HttpResponse } from '../../flow/http/http-response.js';
import { type ClientGoneError, KilledError, LostConnectionError, type ProtocolError, RelayError } from '../errors.js';
import { endFlow } from '../services.js';
import { watchStalls } from './body/stall.js';
import type { ClientSide } from './client-side.js';
import { authenticate, challengeClient } from './credentials.js';
import type { ExchangeParts } from './exchange-parts.js';
import { describeFailure } from './failure.js';
import type { Outcome } from './outcome.js';
import { RequestSide } from './request-side.js';
import { ResponseSide } from './response-side.js';
import { ServerSide } from './server-side.js';
import { ConnectExchange } from './tunnel/connect-exchange.js';
import { relayUpgrade, serveLocally } from './tunnel/upgrade.js';
import { type IncomingRequest, type OutgoingRequest, type ResponseHead, statusOnly, type Tunnel } from './wire.js';

/** One request and its response: an HTTP flow from its head to its end. */
export class Exchange implements ExchangeParts {
  readonly flow: HttpFlow;
  readonly clock = new Clock();
  readonly request: RequestSide;
  readonly response: ResponseSide;
  readonly server: ServerSide;
  private readonly services;
  /** The head of the final response. */
  private finalHead: ResponseHead | undefined;
  /** The error with which the exchange failed, if it failed. */
  failure: Error | undefined;
  private clientError: ClientGoneError | undefined;
  /** A body is being sent to the client. */
  downloading = false;

  constructor(
    readonly client: ClientSide,
    incoming: IncomingRequest,
  ) {
    const { request } = incoming;
    const { context, pool } = client;
    const { clock } = this;
    this.services = context.services;
    const lease = pool.take(request);
    const server = lease?.connection.server ?? new ServerConnection();
    server.address ??= [request.host, request.port];
    request.timestampStart = clock.start;
    this.flow = new HttpFlow(context.client, server, request, clock.start);
    if (incoming.isReplay) this.flow.isReplay = 'request';
    this.request = new RequestSide(this.flow, incoming, this.services, clock);
    this.response = new ResponseSide(this.flow, incoming, this.services, clock);
    this.server = new ServerSide(this.flow, client, incoming, this.request, lease, clock);
  }

  /** The client's request; after `Upgrade: h2c` the same request as an HTTP/2 stream. */
  get incoming(): IncomingRequest {
    return this.server.incoming;
  }

  /** Serves the request. It never throws: failures are recorded in the flow and in the outcome. */
  async run(): Promise<Outcome> {
    let outcome: Outcome;
    const stalls = this.services.options.stallTimeout > 0 ? watchStalls(this.services, this) : undefined;
    try {
      const authenticated = authenticate(this);
      if (typeof authenticated === 'boolean' ? !authenticated : !(await authenticated))
        outcome = await challengeClient(this);
      else if (isConnect(this.flow.request)) outcome = await new ConnectExchange(this).run();
      else {
        const prepared = this.prepare();
        if (prepared) await prepared;
        if (this.flow.response) outcome = await this.sendLocalResponse();
        else {
          this.finalHead = await this.server.fetchHead();
          if (this.request.streams) await this.afterHooks(this.request.runHook());
          const forwarded = this.forwardResponse(this.finalHead);
          outcome = typeof forwarded === 'string' ? forwarded : await forwarded;
          if (this.request.streams) await this.afterHooks(this.request.runHook());
        }
      }
    } catch (error) {
      outcome = await this.fail(error as Error);
    }
    stalls?.dispose();
    if (typeof outcome === 'object') return outcome;
    this.cancelTransforms(EXCHANGE_ENDED);
    this.server.release();
    this.response.releaseReplaced();
    const ended = this.end();
    if (ended) await ended;
    return outcome;
  }

  /** Ends the flow; the replay itself releases a replayed flow. @returns a promise only if a hook is pending */
  private end(): undefined | Promise<void> {
    if (this.incoming.isReplay) return this.services.hooks.emit('flowEnd', this.flow);
    return endFlow(this.services, this.flow);
  }

  /** Cancels the exchange with the server because the client left or the program ends. */
  cancel(error: ClientGoneError): void {
    this.clientError ??= error;
    this.server.cancel(error);
    this.cancelTransforms(error);
  }

  /** The client has ended its side: it is waiting for the response, or has left. */
  clientEnded(): void {
    this.server.clientEnded();
    this.response.clientEnded();
  }

  private cancelTransforms(error: Error): void {
    this.request.cancel(error);
    this.response.cancel(error);
  }

  /**
   * Waits for hooks, then throws if they or the client have ended the exchange.
   * @returns a promise only if a hook is pending
   */
  afterHooks(pending: Promise<void> | undefined): undefined | Promise<void> {
    if (pending) return pending.then(() => this.afterHooks(undefined));
    if (this.clientError) throw this.clientError;
    if (this.flow.killed) throw new KilledError();
    return undefined;
  }

  /** Runs the request hooks; holds the whole request if an addon needs it. */
  private prepare(): undefined | Promise<void> {
    const { flow, incoming, services } = this;
    if (incoming.refusal) this.refuse(incoming.refusal);
    this.request.begin();
    const begun = this.afterHooks(services.hooks.emit('requestHeaders', flow));
    return begun ? begun.then(() => this.holdRequest()) : this.holdRequest();
  }

  private holdRequest(): undefined | Promise<void> {
    const { flow, incoming, services } = this;
    services.largeBodies.checkHead(incoming);
    if (!this.request.mustHold()) return undefined;
    // No server can send the 100 yet, so we do.
    const onWait = (): void => {
      if (incoming.expectsContinue) incoming.sendInterim(statusOnly(100, 'Continue'));
    };
    return this.request.hold(onWait).then(() => {
      const seen = this.afterHooks(services.hooks.emit('request', flow));
      const transform = (): undefined | Promise<void> => {
        const { body } = flow.request;
        return body.transforms ? body.applyTransforms(services.spool) : undefined;
      };
      return seen ? seen.then(transform) : transform();
    });
  }

  /** Forwards the response. @returns a promise if it is incomplete, or a hook is pending */
  private forwardResponse(head: ResponseHead): Outcome | Promise<Outcome> {
    const outgoing = this.server.outgoing!;
    const response = this.response.take(head, outgoing, this.incoming);
    if (response.statusCode === 101 || opensTunnel(this.flow.request, response)) return this.upgrade(response);
    const begun = this.afterHooks(this.services.hooks.emit('responseHeaders', this.flow));
    if (begun) return begun.then(() => this.transfer(outgoing, response));
    return this.transfer(outgoing, response);
  }

  private transfer(outgoing: OutgoingRequest, response: HttpResponse): Outcome | Promise<Outcome> {
    if (this.flow.response !== response || response.body.changed) {
      outgoing.abort();
      return this.sendLocalResponse();
    }
    const pending = this.response.transfer(outgoing, response);
    if (!pending) return this.complete(outgoing, response);
    // An event stream may be silent for any length of time.
    this.downloading = this.services.options.stallTimeout > 0 && !response.isEventStream;
    return pending.then(() => {
      this.downloading = false;
      if (this.response.endedEarly) outgoing.abort();
      return this.complete(outgoing, response);
    });
  }

  private complete(outgoing: OutgoingRequest, response: HttpResponse): Outcome | Promise<Outcome> {
    this.response.done(outgoing, response);
    const done = this.afterHooks(this.response.streamed ? undefined : this.services.hooks.emit('response', this.flow));
    if (done || this.response.held || this.request.pending) return this.settle(outgoing, done);
    if (!outgoing.persistent) outgoing.abort();
    return 'done';
  }

  /** Finishes an exchange that still waits for a hook, a slow client or the rest of the request. */
  async settle(outgoing: OutgoingRequest, done: Promise<void> | undefined): Promise<Outcome> {
    if (done) await done;
    if (this.response.held) await this.sendWhole();
    if (this.request.pending && outgoing.persistent) {
      const { stopped } = outgoing;
      await (stopped ? Promise.race([this.request.pending, stopped]) : this.request.pending);
    }
    if (this.request.failure instanceof BodyTransformError) throw this.request.failure;
    if (this.request.pending || !outgoing.persistent) outgoing.abort();
    return 'done';
  }

  /** Sends a response that an addon set instead of the server's. */
  private async sendLocalResponse(): Promise<Outcome> {
    const { flow, services } = this;
    if (!this.finalHead) {
      if (flow.response!.delivery) await this.response.beginDelivery(flow.response!);
      const { statusCode, delivery } = flow.response!;
      flow.response!.timestampStart ||= this.clock.now();
      if (statusCode === 101 && delivery?.serve)
        return this.upgrade(flow.response!, () => serveLocally(delivery.serve!));
      await this.afterHooks(services.hooks.emit('responseHeaders', flow));
    }
    const response = flow.response!;
    if (response.body.transforms) await this.response.applyTransforms(response);
    this.response.stamp(response);
    await this.afterHooks(services.hooks.emit('response', flow));
    await this.sendWhole();
    return 'done';
  }

  private async sendWhole(): Promise<void> {
    const response = this.flow.response!;
    if (response.body.transforms) await this.response.applyTransforms(response);
    this.downloading = !response.delivery?.staysOpen;
    await this.response.sendWhole(response);
    this.downloading = false;
  }

  /**
   * After a 101 the connection switches protocols (RFC 9110 section 7.8): the flow stays open and records the bytes of
   * both directions until both have ended.
   */
  private async upgrade(response: HttpResponse, connect = (): Tunnel => this.server.detach()): Promise<Outcome> {
    const { flow, services, client, clock } = this;
    const { hooks } = services;
    await this.afterHooks(hooks.emit('responseHeaders', flow));
    await this.afterHooks(hooks.emit('response', flow));
    this.response.begun = true;
    const tunnel = this.incoming.startTunnel(flow.response!, this.response.original);
    const failure = await relayUpgrade({ context: client.context, flow, clock, client: tunnel, server: connect() });
    response.body.complete = true;
    response.timestampEnd = clock.now();
    if (failure) throw failure;
    return 'upgraded';
  }

  /** Refuses the request; addons see it only at its end. */
  refuse(refusal: ProtocolError): never {
    this.flow.metadata.refused = true;
    throw refusal;
  }

  private async fail(error: Error): Promise<Outcome> {
    const { client, flow, incoming } = this;
    // The client's departure is a consequence of this error.
    const isOurs = error instanceof RelayError || error instanceof KilledError;
    const cause = isOurs ? error : (this.request.failure ?? this.clientError ?? this.server.reasonOf(error));
    this.failure = cause;
    const failure = describeFailure(cause, client.context.interrupted);
    this.server.cancel(cause);
    this.cancelTransforms(cause);
    if (failure.internal) client.logInternal(error, flow);
    if (cause instanceof BodyTransformError) this.services.hooks.reportTransform(cause, flow);
    if (this.request.streams) await this.request.runHook();
    if (!flow.error) {
      const { message, code } = failure;
      flow.error = { message, timestamp: this.clock.now(), code };
      const hook = isConnect(flow.request) ? 'httpConnectError' : 'error';
      await this.services.hooks.emit(hook as 'error', flow);
    }
    if (cause instanceof LostConnectionError) return 'close';
    const begun = this.response.begun && !incoming.retractHead();
    // An addon may kill the flow in `error` to suppress the error page.
    if (begun || failure.status === undefined || flow.killed) return 'broken';
    incoming.sendErrorPage(failure.status, failure.message, cause);
    return 'close';
  }
}

/** Whether a request opens a tunnel to its authority. An extended CONNECT does not (RFC 8441). */
function isConnect({ method, protocol }: HttpRequest): boolean {
  return method === 'CONNECT' && protocol === undefined;
}

/** Whether an extended CONNECT was accepted (RFC 8441 section 5). */
function opensTunnel({ protocol }: HttpRequest, { statusCode }: HttpResponse): boolean {
  return protocol !== undefined && statusCode < 300;
}

const EXCHANGE_ENDED = new Error('The exchange has ended.');
