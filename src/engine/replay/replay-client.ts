import { Clock } from '../../flow/clock.js';
import { ClientConnection } from '../../flow/connection.js';
import { FlowNotLiveError, type HttpFlow } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import { Authentication } from '../client/authentication.js';
import type { ClientContext } from '../client/client-context.js';
import { upstreamPool } from '../client/upstream-pool.js';
import { ClientGoneError } from '../errors.js';
import { ClientSide } from '../http/client-side.js';
import { Exchange } from '../http/exchange.js';
import { ReplayedRequest } from '../http/replayed-request.js';
import type { Services } from '../services.js';
import type { UpstreamProxy } from '../upstream/dial/upstream-proxy.js';

/** How replayed requests reach their server. */
export interface ReplayReach {
  /** Their upstream proxy, if any. */
  readonly upstreamProxy: UpstreamProxy | undefined;
  /** The server name for TLS if the requests contain only an address. */
  readonly serverName?: string | undefined;
}

/**
 * A client without a connection: sends recorded or synthetic requests through the engine, with the hooks, server
 * connections and recording of any other request. Connections are kept for its later requests.
 */
export class ReplayClient implements ClientContext {
  readonly client = new ClientConnection();
  readonly clock = new Clock();
  readonly authentication: Authentication;
  readonly upstreamProxy: UpstreamProxy | undefined;
  readonly serverName: string | undefined;
  closing = false;
  interrupted = false;
  private readonly side: ClientSide;
  /** For requests that were received over HTTP/2. */
  private readonly http2Side: ClientSide;
  private readonly left = new AbortController();
  private readonly live = new Set<Exchange>();

  /** @param onClosed called once, when it was closed and its last exchange has ended */
  constructor(
    readonly services: Services,
    { upstreamProxy, serverName }: ReplayReach,
    private readonly onClosed: () => void,
  ) {
    this.upstreamProxy = upstreamProxy;
    this.serverName = serverName;
    this.client.timestampStart = this.clock.start;
    this.authentication = new Authentication(this);
    this.side = new ClientSide(this, upstreamPool(this, { route: undefined }), undefined);
    const parts = { route: undefined, offersHttp2: true, priorKnowledge: true };
    this.http2Side = services.options.http2 ? new ClientSide(this, upstreamPool(this, parts), undefined) : this.side;
  }

  get signal(): AbortSignal {
    return this.left.signal;
  }

  /**
   * Sends a request; several may run at once.
   * @param request the exchange may change it; its body is sent from where it is kept
   * @returns its flow, once that has ended, with the response or an error; the caller releases it (`releaseFlow`)
   * @throws FlowNotLiveError if the client was closed
   */
  async send(request: HttpRequest): Promise<HttpFlow> {
    if (this.closing) throw new FlowNotLiveError('The replay was closed.');
    const side = request.httpVersion.startsWith('HTTP/2') ? this.http2Side : this.side;
    const exchange = new Exchange(side, new ReplayedRequest(request));
    this.live.add(exchange);
    await exchange.run();
    this.live.delete(exchange);
    if (this.closing) this.end();
    return exchange.flow;
  }

  /** Sends no further request. @returns whether exchanges are in progress */
  close(): boolean {
    this.closing = true;
    this.end();
    return this.live.size > 0;
  }

  /** Ends live flows with the error `interrupted`. */
  interrupt(): void {
    this.closing = true;
    this.interrupted = true;
    this.left.abort();
    for (const exchange of this.live) exchange.cancel(new ClientGoneError());
    this.end();
  }

  private end(): void {
    if (this.live.size > 0 || this.client.timestampEnd !== undefined) return;
    this.client.timestampEnd = this.clock.now();
    this.side.dispose();
    this.http2Side.dispose();
    this.onClosed();
  }
}
