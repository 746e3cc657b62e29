import type { ServerConnection } from '../../flow/connection.js';
import type { ClientContext } from '../client/client-context.js';
import { UpstreamError } from '../errors.js';
import type { UpstreamConnection } from '../http/wire.js';
import { BufferedWriter } from '../net/buffered-writer.js';
import type { Deadline } from '../net/deadlines.js';
import { FAILED } from '../net/read-after-failure.js';
import { readNextTurn } from '../net/read-next-turn.js';
import type { Destination } from '../upstream/route.js';
import type { ServerChannel } from '../upstream/server-channel.js';
import { type ConnectionEvents, Http2Connection } from './connection/http2-connection.js';
import type { Http2ConnectionError, StreamFailure } from './errors.js';
import { CODE, codeName } from './frames/constants.js';
import type { MessageRules } from './messages/message.js';
import { Http2OutgoingRequest, type Http2Server } from './messages/outgoing-request.js';

/** Seconds for the answer to a PING. */
const PATIENCE = 30;

/** An HTTP/2 connection to a server. */
export class Http2UpstreamConnection implements UpstreamConnection, Http2Server, ConnectionEvents {
  readonly multiplexed = true;
  readonly forwarder = undefined;
  readonly rules: MessageRules;
  failure: Error | undefined;
  onUnusable: () => void = () => {};
  /** Called when the server accepts extended CONNECT (RFC 8441). */
  onConnectProtocol: () => void = () => {};
  /** Called if the server speaks HTTP/1, so that a request may be sent again in that version. */
  onHttp1: () => void = () => {};
  private readonly writer: BufferedWriter;
  private readonly connection: Http2Connection;
  private readonly keepAlive: Deadline;
  /** `http2_ping_keepalive` */
  private readonly idleSeconds: number;
  private requests = 0;
  private closing = false;
  private waitsForPing = false;

  constructor(
    private readonly channel: ServerChannel,
    readonly destination: Destination,
    context: ClientContext,
  ) {
    const { services } = context;
    const { maxHeaderSize, validateInboundHeaders, normalizeOutboundHeaders, http2PingKeepalive } = services.options;
    this.rules = { strict: validateInboundHeaders, lowerCase: normalizeOutboundHeaders };
    const { stream } = channel;
    const { flushScheduler: scheduler } = services;
    this.writer = new BufferedWriter(stream, scheduler);
    this.connection = new Http2Connection(
      { role: 'client', writer: this.writer, scheduler, maxHeaderSize, maxStreams: 0 },
      this,
    );
    this.keepAlive = services.deadlines.create(() => this.ping());
    this.keepAlive.set(http2PingKeepalive);
    this.idleSeconds = http2PingKeepalive;
    stream.on('data', (chunk: Buffer) => this.receive(chunk));
    let error: Error | undefined;
    stream.on('error', (cause) => {
      error = cause;
    });
    stream.once(FAILED, () => this.onUnusable());
    stream.once('end', () => this.closed(error));
    stream.once('close', () => this.closed(error));
    this.connection.start();
    if (stream.destroyed || stream.readableEnded) this.close(new UpstreamError(CLOSED));
    else stream.resume();
  }

  get server(): ServerConnection {
    return this.channel.connection;
  }

  canTake(): boolean {
    return !this.failure && !this.closing && this.connection.canOpen;
  }

  begin(): Http2OutgoingRequest {
    return new Http2OutgoingRequest(this, this.connection.createStream(), this.requests++ > 0);
  }

  /** The response to a request in HTTP/1.1 with `Upgrade: h2c`, which the server has accepted (RFC 7540 section 3.2). */
  beginSwitched(method: string): Http2OutgoingRequest {
    const outgoing = new Http2OutgoingRequest(this, this.connection.openSwitched(), this.requests++ > 0);
    outgoing.sentBefore(method);
    return outgoing;
  }

  /** Takes bytes that were already read from the connection. */
  receiveFirst(bytes: Buffer): void {
    if (bytes.length > 0) this.receive(bytes);
  }

  /** Without an error, requests in progress continue. */
  close(error?: Error): void {
    if (error) this.lost(error);
    else if (!this.closing) {
      this.closing = true;
      if (this.connection.size === 0) this.onIdle();
    }
  }

  onRequest(): void {}

  onSettings(): void {
    if (this.connection.peer.enableConnectProtocol) this.onConnectProtocol();
  }

  onGoAway(): void {
    this.onUnusable();
    this.closing = true;
  }

  onIdle(): void {
    if (!this.closing || this.failure) return;
    if (!this.connection.goingAway) this.connection.goAway();
    this.writer.flush();
    this.failure = new UpstreamError(CLOSED);
    this.end();
    this.channel.destroySoon();
  }

  onError(error: Http2ConnectionError): void {
    this.writer.flush();
    const message = `Refused: the server sent ${error.message} (${codeName(error.code)}).`;
    this.lost(new UpstreamError(message, 502, undefined, 'invalid-response'), { byPeer: false });
  }

  private receive(chunk: Buffer): void {
    if (this.connection.received === 0 && HTTP1.test(chunk.toString('latin1', 0, 7))) return this.speaksHttp1();
    this.connection.receive(chunk);
    if (this.connection.hasManyFrames()) readNextTurn(this.channel.stream);
    this.waitsForPing = false;
    this.keepAlive.set(this.idleSeconds);
  }

  private speaksHttp1(): void {
    this.onHttp1();
    this.lost(new UpstreamError('The server does not speak HTTP/2 without TLS.'), { unprocessed: true });
  }

  private ping(): void {
    if (this.waitsForPing) {
      return this.lost(new UpstreamError('The server did not answer a PING.', 504), { byPeer: false });
    }
    this.waitsForPing = true;
    this.connection.ping(Buffer.from('tsdump\0\0'));
    this.keepAlive.set(Math.max(PATIENCE, this.idleSeconds));
  }

  /** @param cause the socket's error, if any */
  private closed(cause: Error | undefined): void {
    const { peerError } = this.connection;
    if (peerError === undefined) this.lost(cause ?? new UpstreamError(CLOSED));
    else this.lost(new UpstreamError(`The server closed the connection (${peerError}).`, 502, cause));
  }

  /** The connection has ended: all requests on it fail. */
  private lost(error: Error, how: Partial<StreamFailure> = {}): void {
    if (this.failure) return;
    this.failure = error;
    this.end();
    const reason = 'closed the connection';
    this.connection.end({ code: CODE.internalError, byPeer: true, unprocessed: false, reason, ...how });
    this.channel.destroy();
  }

  private end(): void {
    this.keepAlive.dispose();
    this.onUnusable();
  }
}

const CLOSED = 'The server closed the connection.';
/** How servers of HTTP/1 answer the preface; those of Python's http.server with a page that has no head, as in HTTP/0.9. */
const HTTP1 = /^(?:HTTP\/1\.|<)/;
