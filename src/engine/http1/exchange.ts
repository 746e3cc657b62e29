import { formatHostPort } from '../../flow/authority.js';
import { Clock } from '../../flow/clock.js';
import { ServerConnection } from '../../flow/connection.js';
import { HttpFlow } from '../../flow/flow.js';
import { ClientGoneError, KilledError, LostConnectionError, ProtocolError, UpstreamError } from '../errors.js';
import { endFlow } from '../services.js';
import { acceptConnect } from './accept-connect.js';
import { drained } from './body-transfer.js';
import { challenge, checkCredentials, hideCredentials } from './credentials.js';
import type { Downstream } from './downstream.js';
import { describeFailure, isLoss, refusedByParent } from './failure.js';
import { watchHalfClosed } from './half-closed.js';
import type { Head } from './head.js';
import { leadOnward } from './onward-connect.js';
import type { Outcome } from './outcome.js';
import { persists, takeRequest } from './request-intake.js';
import { RequestSide } from './request-side.js';
import { ResponseSide } from './response-side.js';
import { limitWait } from './response-timeout.js';
import { parseStatusLine, type StatusLine } from './start-line.js';
import { tunnelUpgrade } from './upgrade.js';
import type { Upstream } from './upstream.js';

const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');

/** One request and its response: the way of an HTTP/1 flow from its head to its end. */
export class Exchange {
  readonly flow: HttpFlow;
  readonly clock = new Clock();
  readonly response: ResponseSide;
  private readonly request: RequestSide;
  private readonly services;
  private upstream: Upstream | undefined;
  /** The head of the final response. */
  private found: { head: Head; status: StatusLine } | undefined;
  private gone: ClientGoneError | undefined;
  private informed = false;
  private keepAlive: boolean;
  private halfClosed: NodeJS.Timeout | undefined;
  private endAccepted = false;

  /** @throws ProtocolError if the head is no request at all, so that there is no flow */
  constructor(
    readonly downstream: Downstream,
    private readonly head: Head,
  ) {
    const { services, client } = downstream.context;
    const intake = takeRequest(head, downstream.targets, downstream.route, services.options.validateInboundHeaders);
    const { request } = intake;
    this.services = services;
    this.keepAlive = persists(request.httpVersion, head.connection);
    this.upstream = downstream.pool.take(request.scheme, request.host, request.port);
    const server = this.upstream?.connection ?? new ServerConnection();
    server.address ??= [request.host, request.port];
    request.timestampStart = this.clock.start;
    this.flow = new HttpFlow(client, server, request, this.clock.start);
    this.request = new RequestSide(this.flow, head, intake, downstream.reader, services, this.clock);
    this.response = new ResponseSide(this.flow, downstream.outlet, services, this.clock, intake.prefix !== '');
  }

  /** Serves the request. It never throws: every failure ends in the flow and in the outcome. */
  async run(): Promise<Outcome> {
    let outcome: Outcome;
    try {
      const admitted = this.admit();
      if (typeof admitted === 'boolean' ? !admitted : !(await admitted)) outcome = await this.refuse();
      else if (this.flow.request.method === 'CONNECT') outcome = await this.connect();
      else {
        const prepared = this.prepare();
        if (prepared) await prepared;
        if (this.flow.response) outcome = await this.answer();
        else {
          await this.ask();
          const delivered = this.deliver();
          outcome = typeof delivered === 'string' ? delivered : await delivered;
        }
      }
    } catch (error) {
      outcome = await this.fail(error as Error);
    }
    this.acceptEnd();
    if (typeof outcome === 'object') return outcome;
    if (this.upstream) this.downstream.pool.giveBack(this.upstream);
    this.response.releaseReplaced();
    const ended = endFlow(this.services, this.flow);
    if (ended) await ended;
    return outcome;
  }

  /** The client ended its side. Some do that as soon as they have asked; most that do it have left. */
  clientEnded(): void {
    if (this.endAccepted) return;
    const onLeft = (): void => this.clientGone(new ClientGoneError());
    this.halfClosed ??= watchHalfClosed(this.downstream.channel, this.services.options.halfCloseTimeout, onLeft);
  }

  /** From here on the client may end its side without being taken to have left. */
  acceptEnd(): void {
    this.endAccepted = true;
    if (this.halfClosed) clearInterval(this.halfClosed);
  }

  /** The client left, or the program ends: the exchange with the server ends too. */
  clientGone(error: ClientGoneError): void {
    this.gone ??= error;
    this.downstream.reader.fail(error);
    this.upstream?.close(error);
  }

  /** Waits for hooks, then looks what they or the client decided meanwhile. @returns a promise only if there is one */
  told(pending: Promise<void> | undefined): undefined | Promise<void> {
    if (pending) return pending.then(() => this.told(undefined));
    if (this.gone) throw this.gone;
    if (this.flow.killed) throw new KilledError();
    return undefined;
  }

  /** Whether the client has said who it is, if it has to. @returns a promise only if somebody has to be asked */
  private admit(): boolean | Promise<boolean> {
    const { head, downstream } = this;
    const { authentication } = downstream.context;
    // What is refused anyway is not asked for credentials.
    if (head.violation) {
      if (authentication.required) hideCredentials(this.flow, downstream.route);
      return true;
    }
    return checkCredentials(authentication, head, this.flow, downstream.route);
  }

  /** Asks for credentials. No addon sees such a request but at its end, and nothing of its body is taken. */
  private async refuse(): Promise<Outcome> {
    const { flow, head, downstream, clock } = this;
    flow.request.body.complete = head.contentLength.length === 0 && head.transferEncoding.length === 0;
    this.keepAlive &&= flow.request.body.complete;
    challenge(flow, downstream.route === undefined, this.keepAlive, clock.now());
    await this.response.sendWhole(flow.response!);
    return this.outcome();
  }

  /** Whoever wants to see or change the request does so, if need be when all of it is there. */
  private prepare(): undefined | Promise<void> {
    const { flow, head, services } = this;
    if (head.violation) throw new ProtocolError(400, `Refused: ${head.violation}`);
    this.request.begin();
    const begun = this.told(services.hooks.emit('requestHeaders', flow));
    return begun ? begun.then(() => this.holdRequest()) : this.holdRequest();
  }

  private holdRequest(): undefined | Promise<void> {
    const { flow, services } = this;
    if (!flow.response && !flow.request.body.changed && !services.hooks.holds('request', flow)) return undefined;
    // The server is not there to say that it wants the body, so we do.
    const onWait = (): void => {
      if (this.head.expectContinue && flow.request.httpVersion !== 'HTTP/1.0') this.downstream.outlet.write(CONTINUE);
    };
    return this.request.hold(onWait).then(() => this.told(services.hooks.emit('request', flow)));
  }

  /** Sends the request and waits for the head of the final response; again on a new connection if that is allowed. */
  private async ask(): Promise<void> {
    for (;;) {
      this.upstream = this.downstream.pool.reuse(this.upstream, this.flow);
      const upstream = this.upstream ?? (await this.open());
      try {
        upstream.used++;
        this.request.send(upstream);
        limitWait(this.downstream, upstream);
        do {
          const found = upstream.reader.readHead();
          this.understand(found instanceof Promise ? await found : found);
          if (!this.found && this.downstream.outlet.full) await drained(this.downstream.outlet);
        } while (!this.found);
        return;
      } catch (error) {
        const lost = upstream.used > 1 && !this.informed && upstream.reader.buffered === 0;
        if (this.gone || this.request.failure || !lost || !isLoss(error)) throw error;
        upstream.close();
        this.upstream = undefined;
        if (!this.request.mayRepeat()) throw new LostConnectionError();
      }
    }
  }

  private async open(): Promise<Upstream> {
    const { request, server } = this.flow;
    const fresh = server.timestampStart === 0 ? server : new ServerConnection();
    this.flow.server = fresh;
    const upstream = await this.downstream.pool.connect(request.scheme, request.host, request.port, fresh);
    this.upstream = upstream;
    if (this.gone) {
      upstream.close(this.gone);
      throw this.gone;
    }
    return upstream;
  }

  /** @throws UpstreamError, ProtocolError if it is no head of a response */
  private understand(head: Head | undefined): void {
    if (!head) {
      const reason = this.upstream?.connection.error;
      throw new UpstreamError(reason ?? 'The server closed the connection without an answer.');
    }
    const status = parseStatusLine(head.line);
    if (head.violation) throw new ProtocolError(502, `Refused: ${head.violation} (from the server)`);
    if (status.statusCode === 101 && !this.flow.request.headers.has('upgrade')) {
      throw new ProtocolError(502, 'Refused: a switch of protocols that was not asked for (from the server)');
    }
    if (status.statusCode === 407 && this.upstream?.channel.forwarder) throw refusedByParent(this.upstream, status);
    if (status.statusCode >= 200 || status.statusCode === 101) {
      if (this.services.options.responseTimeout > 0) this.downstream.expireAfter(0);
      this.found = { head, status };
      return;
    }
    this.informed = true;
    const isOurs = status.statusCode === 100 && this.request.held && this.head.expectContinue;
    if (this.flow.request.httpVersion !== 'HTTP/1.0' && !isOurs) this.response.inform(status, head);
  }

  /** Passes the response on. @returns a promise if it is not all there, or somebody has to be waited for */
  private deliver(): Outcome | Promise<Outcome> {
    const { flow, services } = this;
    const { status, head } = this.found!;
    const upstream = this.upstream!;
    const response = this.response.take(status, head);
    if (status.statusCode === 101) return tunnelUpgrade(this, upstream);
    if (!this.response.persistent) this.keepAlive = false;
    const begun = this.told(services.hooks.emit('responseHeaders', flow));
    if (begun) return begun.then(() => this.transfer(upstream, response));
    return this.transfer(upstream, response);
  }

  private transfer(upstream: Upstream, response: HttpFlow['response'] & object): Outcome | Promise<Outcome> {
    if (this.flow.response !== response || response.body.changed) {
      upstream.close();
      return this.answer();
    }
    const pending = this.response.transfer(upstream.reader, response);
    return pending ? pending.then(() => this.complete(upstream, response)) : this.complete(upstream, response);
  }

  private complete(upstream: Upstream, response: HttpFlow['response'] & object): Outcome | Promise<Outcome> {
    this.response.done(upstream.reader, response);
    const done = this.told(this.services.hooks.emit('response', this.flow));
    if (done || this.response.held || this.request.pending) return this.settle(upstream, done);
    if (!this.response.persistent) upstream.close();
    return this.outcome();
  }

  /** The end of an exchange that something is still to be waited for: a hook, a slow client, the rest of the request. */
  private async settle(upstream: Upstream, done: Promise<void> | undefined): Promise<Outcome> {
    if (done) await done;
    if (this.response.held) await this.response.sendWhole(this.flow.response!);
    if (this.request.pending && this.response.persistent && upstream.usable) await this.request.pending;
    if (this.request.pending || !this.response.persistent) upstream.close();
    return this.outcome();
  }

  private outcome(): Outcome {
    const { reader } = this.downstream;
    const more = !reader.atEnd || reader.buffered > 0;
    return this.keepAlive && this.flow.request.body.complete && more ? 'next' : 'close';
  }

  /** Sends what an addon answered in place of the server. */
  private async answer(): Promise<Outcome> {
    const { flow, services } = this;
    const response = flow.response!;
    const now = this.clock.now();
    response.timestampStart ||= now;
    response.timestampEnd ??= now;
    response.body.complete = true;
    if (!this.found) await this.told(services.hooks.emit('responseHeaders', flow));
    await this.told(services.hooks.emit('response', flow));
    await this.response.sendWhole(flow.response!);
    return this.outcome();
  }

  /** CONNECT (RFC 9110 section 9.3.6). One that works is no flow: what goes through the tunnel is. */
  private async connect(): Promise<Outcome> {
    const { flow, services, downstream } = this;
    if (this.head.violation) throw new ProtocolError(400, `Refused: ${this.head.violation}`);
    if (downstream.route?.fixed)
      throw new ProtocolError(400, 'This is a reverse proxy: it leads to one server, and takes no CONNECT.');
    await this.told(services.hooks.emit('httpConnect', flow));
    if (flow.response && (flow.response.statusCode < 200 || flow.response.statusCode >= 300)) {
      this.keepAlive = false;
      flow.error = { message: 'CONNECT was refused by an addon.', timestamp: this.clock.now() };
      return this.answer();
    }
    return downstream.route ? this.passConnectOn() : acceptConnect(this);
  }

  /** A CONNECT that is meant for another proxy, which the connection leads to. */
  private async passConnectOn(): Promise<Outcome> {
    const { flow } = this;
    this.request.begin();
    await this.ask();
    const upstream = this.upstream!;
    const { status, head } = this.found!;
    if (status.statusCode >= 200 && status.statusCode < 300) {
      this.upstream = undefined;
      return leadOnward(this, upstream, head);
    }
    const why = `${status.statusCode} ${status.reason}`.trimEnd();
    const message = `The proxy ${formatHostPort(flow.request.host, flow.request.port)} refused CONNECT: ${why}.`;
    flow.error = { message, timestamp: this.clock.now() };
    return this.deliver();
  }

  private async fail(error: Error): Promise<Outcome> {
    const { downstream, flow } = this;
    const cause = this.request.failure ?? this.gone ?? error;
    const failure = describeFailure(cause, downstream.context.interrupted);
    this.upstream?.close(cause);
    if (failure.internal) downstream.logInternal(error, flow);
    if (!flow.error) {
      flow.error = { message: failure.message, timestamp: this.clock.now() };
      const hook = flow.request.method === 'CONNECT' ? 'httpConnectError' : 'error';
      await this.services.hooks.emit(hook as 'error', flow);
    }
    if (cause instanceof LostConnectionError) return 'close';
    const begun = this.response.begun && !downstream.outlet.takeBackHead();
    if (begun || failure.status === undefined) return 'broken';
    downstream.sendErrorPage(failure.status, failure.message, flow.request.method !== 'HEAD');
    return 'close';
  }
}
