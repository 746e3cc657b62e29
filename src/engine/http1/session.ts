import type { TLSSocket } from 'node:tls';
import type { ClientContext } from '../client/client-context.js';
import { ClientGoneError, ProtocolError } from '../errors.js';
import type { ClientSide } from '../http/client-side.js';
import { Exchange } from '../http/exchange.js';
import type { ConnectTunnel } from '../http/outcome.js';
import type { ClientSession, SwitchedRequest, SwitchedSession } from '../http/session.js';
import type { IncomingRequest } from '../http/wire.js';
import { BufferedWriter } from '../net/buffered-writer.js';
import type { Channel } from '../net/channel.js';
import type { Deadline } from '../net/deadlines.js';
import type { EngineOptions } from '../options.js';
import type { Route } from '../upstream/route.js';
import { errorPage } from './error-page.js';
import { watchHalfClosed } from './half-closed.js';
import type { Head } from './head/head.js';
import { TargetParser } from './head/request-target.js';
import { type Http1Client, Http1IncomingRequest } from './incoming-request.js';
import { Http1Reader } from './reader.js';

/** An HTTP/1 session with one client: serves its requests in order, pipelined or not. */
export class Http1Session implements ClientSession, Http1Client {
  readonly reader: Http1Reader;
  readonly writer: BufferedWriter;
  readonly targets: TargetParser;
  readonly options: EngineOptions;
  readonly route: Route | undefined;
  readonly h2cHeaderSize: number | undefined;
  served = 0;
  private readonly context: ClientContext;
  private readonly deadline: Deadline;
  private exchange: Exchange | undefined;
  private halfClosed: NodeJS.Timeout | undefined;
  private endAccepted = false;
  /** It serves no more requests. */
  private over = false;
  /** Serves the connection after `Upgrade: h2c`. */
  private switched: SwitchedSession | undefined;

  /** @param createHttp2 continues the connection in HTTP/2 */
  constructor(
    readonly channel: Channel,
    private readonly client: ClientSide,
    private readonly createHttp2: () => SwitchedSession,
  ) {
    const { context, route } = client;
    const { services } = context;
    this.context = context;
    this.route = route;
    this.options = services.options;
    const { maxHeaderSize, validateInboundHeaders, http2 } = services.options;
    // TLS has ALPN instead (RFC 7540 section 3.3).
    this.h2cHeaderSize = http2 && !(channel.stream as Partial<TLSSocket>).encrypted ? maxHeaderSize : undefined;
    this.reader = new Http1Reader(channel.stream, { maxHeaderSize, strict: validateInboundHeaders, status: 400 });
    this.writer = new BufferedWriter(channel.stream, services.flushScheduler);
    this.targets = new TargetParser(route);
    this.deadline = services.deadlines.create();
    this.reader.onHeadBegun = this.limitHead;
    const ended = (): void => this.clientEnded();
    this.reader.onEnd = ended;
    channel.stream.once('close', () => {
      if (!this.over) this.clientGone(new ClientGoneError());
    });
    if (channel.stream.destroyed) this.reader.fail(new ClientGoneError());
  }

  async run(): Promise<ConnectTunnel | undefined> {
    try {
      for (;;) {
        const next = this.nextHead();
        const head = next instanceof Promise ? await next : next;
        this.deadline.clear();
        if (!head) break;
        this.served++;
        const incoming = new Http1IncomingRequest(this, head);
        this.exchange = new Exchange(this.client, incoming);
        this.endAccepted = false;
        if (this.reader.atEnd) this.clientEnded();
        const outcome = await this.exchange.run();
        const { failure } = this.exchange;
        this.acceptEnd();
        this.exchange = undefined;
        if (this.switched) return void (await this.switched.finish(outcome));
        if (typeof outcome === 'object') return outcome;
        if (outcome === 'upgraded') return undefined;
        if (outcome === 'broken') {
          this.breakOff(incoming, failure);
          return undefined;
        }
        if (outcome === 'close' || !this.mayContinue(incoming)) break;
      }
      this.end();
    } catch (error) {
      this.refuse(error as Error);
    } finally {
      this.over = true;
      this.deadline.dispose();
      this.client.dispose();
    }
    return undefined;
  }

  get idle(): boolean {
    return this.exchange === undefined;
  }

  close(): boolean {
    this.writer.flush();
    // The end of the last response may not be sent yet.
    if (this.channel.stream.writableLength === 0) return false;
    this.channel.lingeringClose();
    return true;
  }

  interrupt(): void {
    if (this.exchange) this.clientGone(new ClientGoneError());
  }

  get version(): string {
    return this.context.services.version;
  }

  acceptEnd(): void {
    this.endAccepted = true;
    if (this.halfClosed) clearInterval(this.halfClosed);
    this.halfClosed = undefined;
  }

  /** Handles a half-close by the client. Some clients end their side right after the request; most have left. */
  private clientEnded(): void {
    if (this.endAccepted || !this.exchange) return;
    this.exchange.clientEnded();
    const onLeft = (): void => this.clientGone(new ClientGoneError());
    this.halfClosed ??= watchHalfClosed(this.channel, () => this.writer.written, this.options.halfCloseTimeout, onLeft);
  }

  switchToHttp2(request: SwitchedRequest): IncomingRequest {
    this.switched = this.createHttp2();
    return this.switched.begin(request, this.exchange!);
  }

  private clientGone(error: ClientGoneError): void {
    this.reader.fail(error);
    this.exchange?.cancel(error);
  }

  /** Whether another request may follow this one. */
  private mayContinue({ persistent, request }: Http1IncomingRequest): boolean {
    return persistent && request.body.complete && (!this.reader.atEnd || this.reader.buffered > 0);
  }

  /** @returns a promise only if it has not arrived yet */
  private nextHead(): Head | undefined | Promise<Head | undefined> {
    const { reader } = this;
    if (this.context.closing) return undefined;
    const head = reader.readHead();
    if (!(head instanceof Promise)) return head;
    if (reader.buffered > 0) this.limitHead();
    else this.expireAfter(this.options.tcpTimeout, this.idleTooLong);
    return head;
  }

  private readonly limitHead = (): void => {
    this.expireAfter(this.options.headerTimeout, this.headTooSlow);
  };

  private expireAfter(seconds: number, onExpiry: () => void): void {
    this.deadline.onExpiry = onExpiry;
    this.deadline.set(seconds);
  }

  /**
   * Ends the connection before the response is complete. A reset makes that plain, but it destroys content that a slow client has
   * not received yet, so it is for a client that would take the part as complete.
   */
  private breakOff({ endsWithConnection }: Http1IncomingRequest, failure: Error | undefined): void {
    if (!endsWithConnection && !(failure instanceof ClientGoneError)) return this.end();
    this.writer.flush();
    this.channel.resetConnection();
  }

  /** Ends the connection once all writes are sent. */
  private end(): void {
    this.writer.flush();
    this.channel.lingeringClose();
  }

  private readonly headTooSlow = (): void => {
    this.reader.fail(new ProtocolError(408, 'The request head took longer than header_timeout.'));
  };

  private readonly idleTooLong = (): void => {
    this.reader.fail(new ClientGoneError('Idle for longer than tcp_timeout.', 'idle-timeout'));
  };

  /** Handles an error before an exchange exists: the bytes are not a request, or the client has left. */
  private refuse(error: Error): void {
    const { client, services } = this.context;
    if (error instanceof ProtocolError) {
      services.log.warn(error.message, client);
      this.writer.write(errorPage(error.status, error.message, this.version, true));
    } else if (!(error instanceof ClientGoneError)) this.client.logInternal(error);
    // Responses to earlier requests may not be sent yet.
    this.end();
  }
}
