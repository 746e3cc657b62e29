import { Clock } from '../../flow/clock.js';
import { ClientConnection } from '../../flow/connection.js';
import { FlowNotLiveError, type HttpFlow } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import type { HttpResponse } from '../../flow/http/http-response.js';
import { Authentication } from '../client/authentication.js';
import type { ClientContext } from '../client/client-context.js';
import { createUpstreamPool } from '../client/upstream-pool.js';
import { ClientGoneError } from '../errors.js';
import { EventBoundaries } from '../http/body/event-boundaries.js';
import { ClientSide } from '../http/client-side.js';
import { Exchange } from '../http/exchange.js';
import { ReplayedRequest, type TunnelPlayer } from '../http/replayed-request.js';
import type { Deadline } from '../net/deadlines.js';
import { LeaveController, type LeaveSignal } from '../net/leave-signal.js';
import type { Services } from '../services.js';
import type { UpstreamProxy } from '../upstream/dial/upstream-proxy.js';

/** The route options of replayed requests. */
export interface ReplayRoute {
  /** The upstream proxy; undefined for direct connections. */
  readonly upstreamProxy: UpstreamProxy | undefined;
  /** The server name for TLS if the requests contain only an address. */
  readonly serverName?: string | undefined;
}

/** Options for sending one request. */
export interface SendOptions {
  /** Seconds until the end of its response, or until an upgrade; by default there is no limit. */
  readonly timeout?: number | undefined;
  /** Metadata of its flow. */
  readonly metadata?: Record<string, unknown> | undefined;
  /** Plays the client after an upgrade; without it an upgrade is an error. */
  readonly player?: TunnelPlayer | undefined;
  /** When the client leaves a stream: after so many events of an event stream, or bytes of another; by default at the end. */
  readonly leaveAfter?: LeaveAfter | undefined;
}

interface LeaveAfter {
  readonly unit: 'events' | 'bytes';
  readonly count: number;
}

/**
 * A client without a connection: sends recorded or synthetic requests through the engine, with the hooks, server
 * connections and recording of any other request. Connections are kept for its later requests.
 */
export class ReplayClient implements ClientContext {
  readonly client = new ClientConnection();
  readonly isReplay = true;
  readonly clock = new Clock();
  readonly authentication: Authentication;
  readonly upstreamProxy: UpstreamProxy | undefined;
  readonly serverName: string | undefined;
  closing = false;
  interrupted = false;
  private readonly side: ClientSide;
  /** For requests that were received over HTTP/2. */
  private readonly http2Side: ClientSide;
  private readonly left = new LeaveController();
  /**
   * The exchanges in progress, usually one. An array, because a set would keep ended exchanges in memory: its discarded tables
   * refer to their successors.
   */
  private readonly live: Exchange[] = [];
  /** The deadline of the last request, reused for the next one. */
  private spareDeadline: Deadline | undefined;

  /** @param onClosed called once, when it was closed and its last exchange has ended */
  constructor(
    readonly services: Services,
    { upstreamProxy, serverName }: ReplayRoute,
    private readonly onClosed: () => void,
  ) {
    this.upstreamProxy = upstreamProxy;
    this.serverName = serverName;
    this.client.timestampStart = this.clock.start;
    this.authentication = new Authentication(this);
    this.side = new ClientSide(this, createUpstreamPool(this, { route: undefined }), undefined);
    const parts = { route: undefined, offersHttp2: true, priorKnowledge: true };
    this.http2Side = services.options.http2
      ? new ClientSide(this, createUpstreamPool(this, parts), undefined)
      : this.side;
  }

  get signal(): LeaveSignal {
    return this.left;
  }

  /**
   * Sends a request; several may run at once.
   * @param request the exchange may change it; its body is sent from where it is kept
   * @returns its flow, once that has ended, with the response or an error; the caller releases it (`releaseFlow`)
   * @throws FlowNotLiveError if the client was closed
   */
  async send(request: HttpRequest, { timeout = 0, metadata, player, leaveAfter }: SendOptions = {}): Promise<HttpFlow> {
    if (this.closing) throw new FlowNotLiveError('The replay was closed.');
    const deadline = timeout > 0 ? this.acquireDeadline() : undefined;
    const limited: TunnelPlayer | undefined = player && {
      play: (channel) => {
        deadline?.clear();
        player.play(channel);
      },
    };
    const side = request.httpVersion.startsWith('HTTP/2') ? this.http2Side : this.side;
    const leave = (): void =>
      this.leave(exchange, new ClientGoneError('The replay left the stream, as the recorded client did.'));
    const limit = leaveAfter === undefined ? undefined : new StreamLimit(leaveAfter, leave);
    const onBody = limit && ((bytes: Buffer) => limit.push(bytes, exchange.flow.response!));
    const exchange = new Exchange(side, new ReplayedRequest(request, limited, onBody));
    if (metadata) Object.assign(exchange.flow.metadata, metadata);
    this.live.push(exchange);
    if (deadline) {
      const giveUp = (): void => this.giveUp(exchange, timeout);
      deadline.onExpiry = giveUp;
      deadline.set(timeout);
    }
    await exchange.run();
    limit?.dispose();
    if (deadline) this.releaseDeadline(deadline);
    this.live.splice(this.live.lastIndexOf(exchange), 1);
    if (this.closing) this.end();
    return exchange.flow;
  }

  private acquireDeadline(): Deadline {
    const spare = this.spareDeadline;
    this.spareDeadline = undefined;
    return spare ?? this.services.deadlines.create();
  }

  private releaseDeadline(deadline: Deadline): void {
    deadline.clear();
    if (this.spareDeadline || this.closing) deadline.dispose();
    else this.spareDeadline = deadline;
  }

  /** Whether the client accepts no further requests: it was closed, or a request took too long. */
  get closed(): boolean {
    return this.closing;
  }

  /** Ends an exchange that takes too long. */
  private giveUp(exchange: Exchange, seconds: number): void {
    const error = new ClientGoneError(`No complete response within ${seconds} s (replay_timeout).`, 'upstream-timeout');
    this.leave(exchange, error);
  }

  /** Ends an exchange in progress. Only closing the client ends an attempt to connect. */
  private leave(exchange: Exchange, error: ClientGoneError): void {
    if (!this.live.includes(exchange)) return;
    exchange.cancel(error);
    if (this.live.length > 1) return;
    this.closing = true;
    this.left.abort();
  }

  /** Sends no further request. @returns whether exchanges are in progress */
  close(): boolean {
    this.closing = true;
    this.end();
    return this.live.length > 0;
  }

  /** Ends live flows with the error `interrupted`. */
  interrupt(): void {
    this.closing = true;
    this.interrupted = true;
    this.left.abort();
    for (const exchange of [...this.live]) exchange.cancel(new ClientGoneError());
    this.end();
  }

  private end(): void {
    if (this.live.length > 0 || this.client.timestampEnd !== undefined) return;
    this.client.timestampEnd = this.clock.now();
    this.spareDeadline?.dispose();
    this.side.dispose();
    this.http2Side.dispose();
    this.onClosed();
  }
}

/**
 * Milliseconds without content after which a stream is left whose events are not visible, because it has a content coding, or is
 * no event stream.
 */
const SILENCE = 5000;

/** Counts the events of a stream as `EventRecorder` does: of coded content, each piece is taken as an event. */
class StreamLimit {
  private readonly boundaries = new EventBoundaries();
  private count = 0;
  private reached = false;
  private silence: NodeJS.Timeout | undefined;

  /** @param onReached called once, after the last piece was recorded */
  constructor(
    private readonly limit: LeaveAfter,
    private readonly onReached: () => void,
  ) {}

  /** @param bytes empty for the head */
  push(bytes: Buffer, response: HttpResponse): void {
    const isEvents = this.limit.unit === 'events';
    const { statusCode, headers, isEventStream } = response;
    const isLimited = isEvents ? isEventStream : statusCode === 200 && !headers.has('content-length');
    if (this.reached || !isLimited) return;
    if (isEvents && !headers.has('content-encoding')) this.boundaries.find(bytes, undefined, () => this.count++);
    else {
      if (bytes.length > 0) this.count += isEvents ? 1 : bytes.length;
      clearTimeout(this.silence);
      this.silence = setTimeout(this.onReached, SILENCE);
    }
    if (this.count < this.limit.count) return;
    this.reached = true;
    this.dispose();
    setImmediate(this.onReached);
  }

  dispose(): void {
    clearTimeout(this.silence);
  }
}
