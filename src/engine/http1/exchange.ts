import { Clock } from '../../flow/clock.js';
import { ServerConnection } from '../../flow/connection.js';
import { HttpFlow } from '../../flow/flow.js';
import { Headers } from '../../flow/headers.js';
import { HttpResponse } from '../../flow/http-message.js';
import { ClientGoneError, KilledError, ProtocolError, UpstreamError } from '../errors.js';
import { connectServer } from '../server-connection.js';
import { endFlow } from '../services.js';
import { sendBody, transferBody } from './body-transfer.js';
import { describeFailure } from './failure.js';
import { type Framing, NO_BODY, requestFraming, responseFraming } from './framing.js';
import { type Head, parseStatusLine, type StatusLine } from './head.js';
import { agreeOnFraming, chunkAround, forwardedResponseBlock, requestHead, responseHead } from './head-writer.js';
import { persists, takeRequest } from './request-intake.js';
import type { Http1Session, Outcome } from './session.js';
import { tunnelUpgrade } from './upgrade.js';
import type { Upstream } from './upstream.js';

/** Methods whose request may be sent twice (RFC 9110 section 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);
const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');
const ESTABLISHED = Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n');

/** One request and its response: the way of an HTTP/1 flow from its head to its end. */
export class Exchange {
  readonly flow: HttpFlow;
  readonly clock = new Clock();
  /** Part of a final response is on its way to the client, so that no other can be sent. */
  private answered = false;
  private upstream: Upstream | undefined;
  /** The head as it may go on while nobody changes it. */
  private readonly raw: Buffer | undefined;
  private framing: Framing = NO_BODY;
  private held = false;
  private requestPending: Promise<void> | undefined;
  private requestFailure: Error | undefined;
  private gone: ClientGoneError | undefined;
  private informed = false;
  private keepAlive: boolean;
  private halfClosed: NodeJS.Timeout | undefined;

  /** @throws ProtocolError if the head is no request at all, so that there is no flow */
  constructor(
    readonly session: Http1Session,
    private readonly head: Head,
  ) {
    const { request, raw } = takeRequest(head, session.route, session.context.services.options.validateInboundHeaders);
    this.raw = raw;
    this.keepAlive = persists(request.httpVersion, head.connection);
    this.upstream = session.pool.take(request.scheme, request.host, request.port);
    const server = this.upstream?.connection ?? new ServerConnection();
    server.address ??= [request.host, request.port];
    request.timestampStart = this.clock.start;
    this.flow = new HttpFlow(session.context.client, server, request, this.clock.start);
  }

  /** Serves the request. It never throws: every failure ends in the flow and in the outcome. */
  async run(): Promise<Outcome> {
    let outcome: Outcome;
    try {
      outcome = this.flow.request.method === 'CONNECT' ? await this.connect() : await this.exchange();
    } catch (error) {
      outcome = await this.fail(error as Error);
    }
    clearTimeout(this.halfClosed);
    if (typeof outcome === 'object') return outcome;
    if (this.upstream) this.session.pool.giveBack(this.upstream);
    const ended = endFlow(this.services, this.flow);
    if (ended) await ended;
    return outcome;
  }

  /** The client ended its side. Some do that as soon as they have asked; most that do it have left. */
  clientEnded(): void {
    this.keepAlive = false;
    const { stream } = this.session.channel;
    let written = stream.bytesWritten;
    this.halfClosed ??= setInterval(() => {
      if (stream.bytesWritten === written) this.clientGone(new ClientGoneError());
      written = stream.bytesWritten;
    }, this.services.options.halfCloseTimeout * 1000);
  }

  /** The client left, or the program ends: the exchange with the server ends too. */
  clientGone(error: ClientGoneError): void {
    this.gone ??= error;
    this.session.reader.fail(error);
    this.upstream?.close(error);
  }

  private get services() {
    return this.session.context.services;
  }

  private async exchange(): Promise<Outcome> {
    const { flow, services, head } = this;
    const { hooks, options } = services;
    if (head.violation) throw new ProtocolError(400, `Refused: ${head.violation}`);
    this.framing = requestFraming(head, flow.request.httpVersion, options.validateInboundHeaders);
    if (hooks.keepsBodies(flow, 'requestHeaders')) flow.request.body.keepIn(services.spool);
    const begun = this.told(hooks.emit('requestHeaders', flow));
    if (begun) await begun;
    this.held = flow.response !== undefined || flow.request.body.changed || hooks.holds('request', flow);
    if (this.held) await this.holdRequest();
    if (flow.response) return this.answer(flow.response);
    const { status, responseHead } = await this.ask();
    return this.deliver(status, responseHead);
  }

  markAnswered(): void {
    this.answered = true;
  }

  /** Waits for hooks, then looks what they or the client decided meanwhile. @returns a promise only if there is one */
  told(pending: Promise<void> | undefined): undefined | Promise<void> {
    if (pending) return pending.then(() => this.told(undefined));
    if (this.gone) throw this.gone;
    if (this.flow.killed) throw new KilledError();
    return undefined;
  }

  /** Reads the whole request before any of it goes on, as an addon may change it. */
  private async holdRequest(): Promise<void> {
    const { flow, services, session } = this;
    const { body } = flow.request;
    if (body.size === 0) body.keepIn(services.spool);
    const pending = transferBody(session.reader, this.framing, body, undefined, services);
    if (pending && this.head.expectContinue) session.outlet.socket.write(CONTINUE);
    if (pending) await pending;
    this.requestDone();
    await this.told(services.hooks.emit('request', flow));
  }

  private requestDone(): void {
    const { request } = this.flow;
    request.body.complete = true;
    request.timestampEnd = this.clock.now();
    const { trailers } = this.session.reader;
    if (trailers && this.framing.kind === 'chunked') request.trailers = new Headers(trailers.block);
  }

  /** Sends the request and waits for the head of the final response; again on a new connection if that is allowed. */
  private async ask(): Promise<{ status: StatusLine; responseHead: Head }> {
    for (;;) {
      const upstream = this.reusable() ?? (await this.open());
      try {
        this.sendRequest(upstream);
        return await this.awaitResponse(upstream);
      } catch (error) {
        const lost = upstream.used > 1 && !this.informed && upstream.reader.buffered === 0;
        if (this.gone || this.requestFailure || !lost || error instanceof ProtocolError) throw error;
        upstream.close();
        this.upstream = undefined;
        if (!this.mayRepeat()) throw new LostConnectionError();
      }
    }
  }

  /** Whether the request may and can be sent once more. */
  private mayRepeat(): boolean {
    const { request } = this.flow;
    if (!IDEMPOTENT.has(request.method)) return false;
    if (this.framing.kind === 'none' || this.held) return true;
    this.held = request.body.complete && request.body.kept && this.framing.kind === 'length';
    return this.held;
  }

  /** The connection that was taken from the pool, if an addon did not send the request elsewhere. */
  private reusable(): Upstream | undefined {
    const { request, server } = this.flow;
    const { pool } = this.session;
    const [host, port] = server.address!;
    if (!this.upstream || (host === request.host && port === request.port)) return this.upstream;
    pool.giveBack(this.upstream);
    this.upstream = pool.take(request.scheme, request.host, request.port);
    if (this.upstream) this.flow.server = this.upstream.connection;
    return this.upstream;
  }

  private async open(): Promise<Upstream> {
    const { request, server } = this.flow;
    const fresh = server.timestampStart === 0 ? server : new ServerConnection();
    this.flow.server = fresh;
    this.upstream = await this.session.pool.connect(request.scheme, request.host, request.port, fresh);
    if (this.gone) {
      this.upstream.close(this.gone);
      throw this.gone;
    }
    return this.upstream;
  }

  private sendRequest(upstream: Upstream): void {
    const { request } = this.flow;
    upstream.used++;
    const whole = this.held ? request.body : undefined;
    const oneChunk = agreeOnFraming(request.headers, this.framing, whole);
    upstream.outlet.writeHead(this.raw && !request.headChanged ? this.raw : requestHead(request));
    if (whole) {
      this.requestPending = this.sendWhole(upstream.outlet, request, oneChunk).catch((error) => {
        upstream.close(error as Error);
      });
      return;
    }
    const pending = transferBody(this.session.reader, this.framing, request.body, upstream.outlet, this.services);
    upstream.outlet.flush();
    if (!pending) {
      this.requestDone();
      return;
    }
    this.requestPending = pending.then(
      () => {
        this.requestDone();
        this.requestPending = undefined;
      },
      (error: Error) => {
        this.requestFailure = error;
        upstream.close(error);
      },
    );
  }

  /** A body that is complete, as one chunk or as its length says. */
  private async sendWhole(
    to: Upstream['outlet'],
    message: HttpFlow['request'] | HttpResponse,
    oneChunk: boolean,
  ): Promise<void> {
    const chunk = oneChunk ? chunkAround(message.body.size, message.trailers) : undefined;
    if (chunk && chunk.before.length > 0) to.write(chunk.before);
    await sendBody(message.body, to);
    if (chunk) to.write(chunk.after);
    to.flush();
    this.requestPending = undefined;
  }

  private async awaitResponse(upstream: Upstream): Promise<{ status: StatusLine; responseHead: Head }> {
    const { session, services } = this;
    const { responseTimeout } = services.options;
    session.expireAfter(responseTimeout, () => {
      upstream.close(
        new UpstreamError(`The server did not answer within ${responseTimeout} s (response_timeout).`, 504),
      );
    });
    for (;;) {
      const found = upstream.reader.readHead();
      const head = found instanceof Promise ? await found : found;
      if (!head) throw new UpstreamError('The server closed the connection without an answer.');
      const status = parseStatusLine(head.line);
      if (head.violation) throw new ProtocolError(502, `Refused: ${head.violation} (from the server)`);
      if (status.statusCode >= 200 || (status.statusCode === 101 && this.head.upgrade !== '')) {
        session.expireAfter(0);
        return { status, responseHead: head };
      }
      this.inform(status, head);
    }
  }

  /** Interim responses (RFC 9110 section 15.2) go on at once and are not kept. */
  private inform(status: StatusLine, head: Head): void {
    this.informed = true;
    if (this.flow.request.httpVersion === 'HTTP/1.0') return;
    if (status.statusCode === 100 && this.held && this.head.expectContinue) return;
    const { statusCode, reason, httpVersion } = status;
    const headers = new Headers(forwardedResponseBlock(head));
    const { stream } = this.session.channel;
    stream.write(head.raw ?? responseHead(new HttpResponse({ statusCode, reason, httpVersion, headers })));
  }

  private async deliver(status: StatusLine, head: Head): Promise<Outcome> {
    const { flow, services, session } = this;
    const { hooks, options } = services;
    const upstream = this.upstream!;
    const { statusCode, reason, httpVersion } = status;
    const { method } = flow.request;
    const framing = responseFraming(head, httpVersion, options.validateInboundHeaders, method, statusCode);
    const block = forwardedResponseBlock(head);
    const response = new HttpResponse({ statusCode, reason, httpVersion, headers: new Headers(block) });
    response.timestampStart = this.clock.now();
    flow.response = response;
    if (statusCode === 101) return tunnelUpgrade(this, upstream, responseHead(response));
    const persistent = framing.kind !== 'close' && persists(httpVersion, head.connection);
    if (!persistent) this.keepAlive = false;
    const held = hooks.holds('response', flow);
    if (held || hooks.keepsBodies(flow, 'responseHeaders')) response.body.keepIn(services.spool);
    const begun = this.told(hooks.emit('responseHeaders', flow));
    if (begun) await begun;
    if (flow.response !== response || response.body.changed) {
      upstream.close();
      return this.answer(flow.response);
    }
    if (!held) {
      agreeOnFraming(response.headers, framing, undefined);
      this.answered = true;
      const untouched = block === head.block && head.raw && !response.headChanged;
      session.outlet.writeHead(untouched ? head.raw! : responseHead(response));
    }
    const pending = transferBody(upstream.reader, framing, response.body, held ? undefined : session.outlet, services);
    session.outlet.flush();
    if (pending) await pending;
    response.body.complete = true;
    response.timestampEnd = this.clock.now();
    if (framing.kind === 'chunked' && upstream.reader.trailers) {
      response.trailers = new Headers(upstream.reader.trailers.block);
    }
    const done = this.told(hooks.emit('response', flow));
    if (done) await done;
    if (held) await this.sendHeld(flow.response, framing);
    if (this.requestPending) return this.settle(persistent);
    if (!persistent || this.requestFailure) upstream.close();
    return this.outcome();
  }

  /** The response is out, and the request is still going up. */
  private async settle(persistent: boolean): Promise<Outcome> {
    if (persistent && this.upstream!.usable) await this.requestPending;
    if (this.requestPending || !persistent) this.upstream!.close();
    return this.outcome();
  }

  private outcome(): Outcome {
    return this.keepAlive && this.flow.request.body.complete && !this.session.reader.atEnd ? 'next' : 'close';
  }

  /** Sends a response that is complete. */
  private async sendHeld(response: HttpResponse, framing: Framing): Promise<void> {
    const { outlet } = this.session;
    const bodiless = this.flow.request.method === 'HEAD' || response.statusCode === 204 || response.statusCode === 304;
    const oneChunk = !bodiless && agreeOnFraming(response.headers, framing, response.body);
    this.answered = true;
    outlet.writeHead(responseHead(response));
    if (!bodiless) await this.sendWhole(outlet, response, oneChunk);
    outlet.flush();
  }

  /** Sends what an addon answered in place of the server. */
  private async answer(response: HttpResponse): Promise<Outcome> {
    const { flow } = this;
    const { hooks } = this.services;
    const now = this.clock.now();
    response.timestampStart ||= now;
    response.timestampEnd ??= now;
    response.body.complete = true;
    if (!this.upstream) await this.told(hooks.emit('responseHeaders', flow));
    await this.told(hooks.emit('response', flow));
    await this.sendHeld(flow.response!, NO_BODY);
    return this.outcome();
  }

  /** CONNECT (RFC 9110 section 9.3.6). One that works is no flow: what goes through the tunnel is. */
  private async connect(): Promise<Outcome> {
    const { flow, services, session } = this;
    if (this.head.violation) throw new ProtocolError(400, `Refused: ${this.head.violation}`);
    await this.told(services.hooks.emit('httpConnect', flow));
    if (flow.response && (flow.response.statusCode < 200 || flow.response.statusCode >= 300)) {
      this.keepAlive = false;
      flow.error = { message: 'CONNECT was refused by an addon.', timestamp: this.clock.now() };
      return this.answer(flow.response);
    }
    const { host, port } = flow.request;
    const eager = services.options.connectionStrategy === 'eager';
    const server = eager ? await connectServer(session.context, flow.server) : undefined;
    if (this.gone) {
      server?.raw.destroy();
      throw this.gone;
    }
    session.channel.stream.write(ESTABLISHED);
    const open = (connection: ServerConnection) => connectServer(session.context, connection);
    return { route: { scheme: 'http', host, port, ready: server, open }, rest: session.reader.detach() };
  }

  private async fail(error: Error): Promise<Outcome> {
    const { session, flow, answered } = this;
    const cause = this.requestFailure ?? this.gone ?? error;
    const failure = describeFailure(cause, session.context.interrupted);
    this.upstream?.close(cause);
    if (failure.internal) session.logInternal(error, flow);
    if (!flow.error) {
      flow.error = { message: failure.message, timestamp: this.clock.now() };
      const hook = flow.request.method === 'CONNECT' ? 'httpConnectError' : 'error';
      await this.services.hooks.emit(hook as 'error', flow);
    }
    if (cause instanceof LostConnectionError) return 'close';
    if (answered || failure.status === undefined) return 'broken';
    session.sendErrorPage(failure.status, failure.message, flow.request.method !== 'HEAD');
    return 'close';
  }
}

/** A connection that had served before was closed by the server as the request went out, and it may not be sent again. */
class LostConnectionError extends UpstreamError {
  override name = 'LostConnectionError';
  constructor() {
    super(
      'The server closed the connection that was used again; the request may not be repeated, so the client has to.',
    );
  }
}
