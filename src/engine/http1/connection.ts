import type { ServerConnection } from '../../flow/connection.js';
import { Headers } from '../../flow/http/headers.js';
import type { ClientContext } from '../client/client-context.js';
import { UpstreamError } from '../errors.js';
import type { ShareTerms } from '../http/wire.js';
import { beginsWithSettings } from '../http2/connection/preface.js';
import { BufferedWriter } from '../net/buffered-writer.js';
import { FAILED } from '../net/read-after-failure.js';
import type { Destination } from '../upstream/route.js';
import type { ForwardingProxy, ServerChannel } from '../upstream/server-channel.js';
import type { AbruptServers } from '../upstream/server-quirks.js';
import type { Head } from './head/head.js';
import { Http1OutgoingRequest, type Http1Server } from './outgoing-request.js';
import { Http1Reader } from './reader.js';
import { challengesConnection, ShareRecord } from './share-record.js';

/**
 * Milliseconds of idle time after which the server may be closing the connection. Many servers close it after 5 seconds, some
 * after 2. The timeout in `Keep-Alive` is the time until the server closes; the client receives this later.
 */
const FRESH = 1500;
/** Milliseconds after a response: a server that closes the connection this early had already decided to do so. */
const SOON = 500;

/** An HTTP/1 connection to a server. */
export class Http1Connection implements Http1Server {
  readonly reader: Http1Reader;
  readonly writer: BufferedWriter;
  readonly multiplexed = false;
  readonly strict: boolean;
  readonly shareRecord: ShareRecord | undefined;
  onUnusable: () => void = () => {};
  /** Called when the server answers in HTTP/2. */
  onHttp2: () => void = () => {};
  /** Whether the server has answered in HTTP/2, and so has not processed a request. */
  speaksHttp2 = false;
  private requests = 0;
  /** Time when the last response ended, in milliseconds of `performance.now()`. */
  private idleSince = Number.NEGATIVE_INFINITY;
  private isBusy = false;
  /** Whether authentication is bound to the connection, so that another connection cannot replace it. */
  private isBound = false;
  private readonly abruptServers: AbruptServers;
  private broken = false;
  /** Whether our side has closed the connection. */
  private closed = false;

  constructor(
    readonly channel: ServerChannel,
    readonly destination: Destination,
    context: ClientContext,
    /** `ShareTerms.key` if the connection may serve other clients. */
    shareKey?: string,
  ) {
    const { maxHeaderSize, validateInboundHeaders } = context.services.options;
    this.abruptServers = context.services.abruptServers;
    this.strict = validateInboundHeaders;
    this.shareRecord =
      shareKey === undefined ? undefined : new ShareRecord(shareKey, `${destination.host}:${destination.port}`);
    this.writer = new BufferedWriter(channel.stream, context.services.flushScheduler);
    this.reader = new Http1Reader(channel.stream, { maxHeaderSize, strict: validateInboundHeaders, status: 502 });
    const ended = (): void => {
      // An end that no response has announced.
      if (!this.isBusy) this.closedEarly();
      this.onUnusable();
    };
    const unasked = (): void => {
      this.checkVersion();
      this.onUnusable();
    };
    const begun = (): void => this.checkVersion();
    this.reader.onEnd = ended;
    this.reader.onIdleBytes = unasked;
    this.reader.onHeadBegun = begun;
    let failure: Error | undefined;
    channel.stream.on('error', (error) => {
      failure = error;
    });
    channel.stream.once(FAILED, () => {
      this.broken = true;
    });
    channel.stream.once('close', () => {
      this.broken = true;
      // An error after the close has no receiver.
      if (this.closed && !this.reader.reading) return;
      this.reader.fail(failure ?? new UpstreamError('The server closed the connection.'));
    });
    // The server may have closed the connection while hooks ran.
    if (channel.stream.destroyed) this.close(new UpstreamError('The server closed the connection.'));
  }

  get server(): ServerConnection {
    return this.channel.connection;
  }

  get forwarder(): ForwardingProxy | undefined {
    return this.channel.forwarder;
  }

  /** Bytes that arrive before a request are not its response, so they make the connection unusable. */
  canTake(): boolean {
    return !this.broken && !this.reader.atEnd && this.reader.buffered === 0 && this.channel.stream.writable;
  }

  get mayBeClosing(): boolean {
    if (this.requests === 0 || this.isBound) return false;
    return performance.now() - this.idleSince > FRESH || this.abruptServers.has(this.destination);
  }

  answered(): void {
    this.isBusy = false;
    this.idleSince = performance.now();
  }

  challenged({ block }: Head): void {
    this.isBound ||= challengesConnection(new Headers(block));
  }

  closedEarly(): void {
    if (!this.closed && performance.now() - this.idleSince < SOON) this.abruptServers.add(this.destination);
  }

  get shareTerms(): ShareTerms | undefined {
    return this.shareRecord?.terms;
  }

  begin(): Http1OutgoingRequest {
    this.isBusy = true;
    return new Http1OutgoingRequest(this, this.requests++ > 0);
  }

  /** Closes the connection if the incomplete response is the preface of HTTP/2. */
  private checkVersion(): void {
    if (this.requests > 1 || !beginsWithSettings(this.reader.unparsed)) return;
    this.speaksHttp2 = true;
    this.onHttp2();
    this.close(new UpstreamError('The server speaks HTTP/2 only.'));
  }

  close(error?: Error): void {
    this.broken = true;
    this.closed = true;
    if (error) this.reader.fail(error);
    this.channel.destroy();
  }
}
