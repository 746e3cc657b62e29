import type { ClientContext } from '../client/client-context.js';
import { ClientGoneError } from '../errors.js';
import type { ClientSide } from '../http/client-side.js';
import { Exchange } from '../http/exchange.js';
import type { Outcome } from '../http/outcome.js';
import type { SwitchedRequest, SwitchedSession } from '../http/session.js';
import { BufferedWriter } from '../net/buffered-writer.js';
import type { Channel } from '../net/channel.js';
import type { Deadline } from '../net/deadlines.js';
import { readNextTurn } from '../net/read-next-turn.js';
import { type ConnectionEvents, Http2Connection } from './connection/http2-connection.js';
import type { Http2Stream } from './connection/stream.js';
import type { Http2ConnectionError } from './errors.js';
import { CODE, codeName } from './frames/constants.js';
import { FieldList } from './frames/field-list.js';
import { type Http2Client, Http2IncomingRequest } from './messages/incoming-request.js';
import type { MessageRules } from './messages/message.js';
import { parseHttp2Request } from './messages/parse-request.js';
import { readFields } from './messages/read-fields.js';

/** Streams that a client may have open at once. */
const MAX_STREAMS = 100;
/** Maximum number of exchanges in progress. After the client has reset a stream, its exchange takes a moment to end. */
const MAX_EXCHANGES = 2 * MAX_STREAMS;
/** Seconds for which a client may send the rest of a request that was answered. */
const LINGER = 2;

/** An HTTP/2 session with one client: each stream is an exchange. */
export class Http2Session implements SwitchedSession, Http2Client, ConnectionEvents {
  served = 0;
  readonly rules: MessageRules;
  private readonly writer: BufferedWriter;
  private readonly connection: Http2Connection;
  private readonly context: ClientContext;
  private readonly deadline: Deadline;
  private readonly endings = new Set<Promise<void>>();
  private readonly live = new Map<Http2IncomingRequest, Exchange>();
  private clientError: ClientGoneError | undefined;
  private onClosed: () => void = () => {};
  /** Stream 1 after `Upgrade: h2c`, and the end of the connection. */
  private switched: { incoming: Http2IncomingRequest; exchange: Exchange; end: Promise<void> } | undefined;

  constructor(
    private readonly channel: Channel,
    private readonly client: ClientSide,
  ) {
    const { context } = client;
    const { services } = context;
    this.context = context;
    const { maxHeaderSize, validateInboundHeaders, normalizeOutboundHeaders } = services.options;
    this.rules = { strict: validateInboundHeaders, lowerCase: normalizeOutboundHeaders };
    this.writer = new BufferedWriter(channel.stream, services.flushScheduler);
    this.connection = new Http2Connection(
      {
        role: 'server',
        writer: this.writer,
        scheduler: services.flushScheduler,
        maxHeaderSize,
        maxStreams: MAX_STREAMS,
      },
      this,
    );
    this.deadline = services.deadlines.create(() => this.idleTooLong());
    this.connection.start();
    const allow = (): void => this.connection.allowConnectProtocol();
    client.pool.onConnectProtocol = allow;
  }

  async run(): Promise<undefined> {
    const { stream } = this.channel;
    const ended = new Promise<void>((resolve) => {
      this.onClosed = resolve;
    });
    this.limitIdle();
    stream.on('data', (chunk: Buffer) => this.receive(chunk));
    // A client that ends its side cannot keep its windows open, so it has left.
    stream.once('end', () => this.clientGone(new ClientGoneError()));
    stream.once('close', () => {
      this.clientGone(new ClientGoneError());
      this.onClosed();
    });
    if (stream.destroyed) {
      this.clientGone(new ClientGoneError());
      this.onClosed();
    } else if (stream.readableEnded) this.clientGone(new ClientGoneError());
    else stream.resume();
    await ended;
    // Flows end before the connection does.
    await Promise.all(this.endings);
    this.deadline.dispose();
    this.client.dispose();
    return undefined;
  }

  begin({ request, method, settings, rest }: SwitchedRequest, exchange: Exchange): Http2IncomingRequest {
    const stream = this.connection.openSwitched(settings);
    const original = { wire: 'http2' as const, order: [], neverIndexed: undefined };
    const list = new FieldList();
    const parsed = { request, method, original, fields: readFields(list, [], false), violation: undefined };
    const incoming = new Http2IncomingRequest(this, stream, list, parsed, true);
    this.live.set(incoming, exchange);
    this.switched = { incoming, exchange, end: this.run() };
    if (rest.length > 0) this.receive(rest);
    return incoming;
  }

  async finish(outcome: Outcome): Promise<void> {
    const { incoming, exchange, end } = this.switched!;
    this.conclude(incoming, exchange, outcome);
    await end;
  }

  get idle(): boolean {
    return this.live.size === 0;
  }

  get version(): string {
    return this.context.services.version;
  }

  close(): boolean {
    // Content that waits for the client's window would be lost.
    if (this.connection.size > 0 && !this.clientError) this.announceEnd(CODE.noError);
    else this.end(CODE.noError);
    return true;
  }

  interrupt(): void {
    this.clientGone(new ClientGoneError());
  }

  onRequest(stream: Http2Stream, fields: FieldList, ended: boolean): void {
    const { context, rules, connection } = this;
    const { route } = this.client;
    if (context.closing || this.live.size >= MAX_EXCHANGES) {
      return connection.failStream(stream, CODE.refusedStream, 'too many requests');
    }
    const parsed = parseHttp2Request(fields, route, rules.strict, connection.connectProtocol);
    if (!parsed) {
      context.services.log.warn('Refused: an HTTP/2 request without a valid method or destination.', context.client);
      return connection.failStream(stream, CODE.protocolError, 'no request');
    }
    this.served++;
    this.deadline.clear();
    const incoming = new Http2IncomingRequest(this, stream, fields, parsed, ended);
    const exchange = new Exchange(this.client, incoming);
    this.live.set(incoming, exchange);
    const ending = this.serve(incoming, exchange).finally(() => this.endings.delete(ending));
    this.endings.add(ending);
  }

  requestFailed(incoming: Http2IncomingRequest, error: Error): void {
    // Other errors reach the exchange when it reads the body.
    if (error instanceof ClientGoneError) this.live.get(incoming)?.cancel(error);
  }

  failStream(stream: Http2Stream, code: number, reason: string): void {
    this.connection.failStream(stream, code, reason);
  }

  stopWhenSent(stream: Http2Stream, code: number): void {
    this.connection.stopWhenSent(stream, code);
  }

  /**
   * Ends a stream after its response. Many clients fail if they are told to stop sending before they have read the response,
   * so the rest of the request is received for a while.
   */
  lingeringStop(stream: Http2Stream): void {
    const stop = (): void => this.connection.stopWhenSent(stream, CODE.noError);
    if (stream.remoteEnded) return stop();
    const deadline = this.context.services.deadlines.create(() => {
      deadline.dispose();
      stop();
    });
    deadline.set(LINGER);
  }

  onSettings(): void {}

  onGoAway(): void {}

  onIdle(): void {
    if (this.idle && (this.context.closing || this.connection.goingAway)) this.end(CODE.noError);
  }

  onError(error: Http2ConnectionError): void {
    const { services, client } = this.context;
    services.log.warn(`Closed: the client sent ${error.message} (${codeName(error.code)}).`, client);
    this.clientGone(new ClientGoneError(`Refused: the client sent ${error.message}.`, 'invalid-request'));
    this.writer.flush();
    this.channel.lingeringClose();
  }

  private async serve(incoming: Http2IncomingRequest, exchange: Exchange): Promise<void> {
    this.conclude(incoming, exchange, await exchange.run());
  }

  private conclude(incoming: Http2IncomingRequest, exchange: Exchange, outcome: Outcome): void {
    if (outcome === 'broken') incoming.abort(exchange.failure);
    else if (outcome !== 'upgraded') incoming.finish();
    this.live.delete(incoming);
    if (!this.idle) return;
    this.limitIdle();
    if (this.context.closing && this.connection.size === 0) this.end(CODE.noError);
  }

  private receive(chunk: Buffer): void {
    this.connection.receive(chunk);
    if (this.connection.hasManyFrames()) readNextTurn(this.channel.stream);
    if (this.idle) this.limitIdle();
  }

  private limitIdle(): void {
    this.deadline.set(this.context.services.options.tcpTimeout);
  }

  private idleTooLong(): void {
    if (this.idle) this.end(CODE.noError);
  }

  private clientGone(error: ClientGoneError): void {
    if (this.clientError) return;
    this.clientError = error;
    for (const exchange of [...this.live.values()]) exchange.cancel(error);
    this.connection.end({ code: CODE.cancel, byPeer: true, unprocessed: false, reason: error.message });
    if (!this.channel.destroyed && this.channel.stream.readableEnded) this.end(CODE.noError);
  }

  /** Ends the connection once all writes are sent. */
  private end(code: number): void {
    this.announceEnd(code);
    this.channel.lingeringClose();
  }

  private announceEnd(code: number): void {
    if (!this.clientError && !this.connection.goingAway) this.connection.goAway(code);
    this.writer.flush();
  }
}
