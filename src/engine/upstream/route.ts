import type { ServerConnection, Via } from '../../flow/connection.js';
import type { PendingChannel } from './pending-channel.js';
import type { ServerChannel } from './server-channel.js';

/** A server of requests. */
export interface Destination {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  /** The upstream proxy that an addon has chosen for the request, instead of that of the mode. */
  readonly via?: Via | undefined;
}

/** The optional parts of a route. */
export interface RouteParts {
  /** An open connection. The route owns it until `takeReady`. */
  ready?: ServerChannel | undefined;
  /** A connection that is being opened. `connect` uses it if it is called first. */
  pending?: PendingChannel | undefined;
  /** Set for the fixed server of a listener. */
  fixed?: FixedServer | undefined;
  /** See `Opening.scope` in `client/upstream-pool.ts`. */
  scope?: string | undefined;
  /** Whether the server is known to speak HTTP, so that it does not send the first bytes. */
  servesHttp?: boolean;
  /**
   * Whether an authority is among the names in the client's leaf, but not among those in this server's certificate. Set for an
   * HTTP/2 client whose leaf was minted from an earlier connection to the server.
   */
  misdirects?: ((server: ServerConnection, authority: string) => boolean) | undefined;
  /** Called when the client has spoken HTTP with the server. */
  onHttp?: (() => void) | undefined;
}

/** A destination and the way to connect to it. A connection may be open already. */
export class Route implements Destination {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly fixed?: FixedServer | undefined;
  readonly scope: string | undefined;
  readonly servesHttp: boolean;
  readonly pending: PendingChannel | undefined;
  readonly onHttp: (() => void) | undefined;
  readonly misdirects: RouteParts['misdirects'];
  private ready: ServerChannel | undefined;

  /** @param connect opens a connection @throws UpstreamError, ProtocolError */
  constructor(
    { scheme, host, port }: Destination,
    readonly connect: (server: ServerConnection) => Promise<ServerChannel>,
    { ready, pending, fixed, scope, servesHttp = false, onHttp, misdirects }: RouteParts = {},
  ) {
    this.scheme = scheme;
    this.host = host;
    this.port = port;
    this.fixed = fixed;
    this.scope = scope;
    this.servesHttp = servesHttp;
    this.pending = pending;
    this.onHttp = onHttp;
    this.misdirects = misdirects;
    this.ready = ready;
  }

  /** The open connection, for inspection; the route still owns it. */
  get open(): ServerChannel | undefined {
    return this.ready;
  }

  /** Takes over the open connection. */
  takeReady(): ServerChannel | undefined {
    const { ready } = this;
    this.ready = undefined;
    return ready;
  }

  /** Gives the route an open connection. */
  giveReady(server: ServerChannel): void {
    this.ready = server;
  }

  /** Closes the open or pending connection, unless it was taken. */
  dispose(): void {
    this.takeReady()?.destroy();
    this.pending?.dispose();
  }
}

/** The fixed server of a reverse mode, and its protocol. */
export interface FixedServer {
  readonly protocol: 'http' | 'https' | 'tcp' | 'tls';
  /** The `Host` of all requests; undefined forwards the client's `Host` and SNI. */
  readonly hostHeader: string | undefined;
  /** The `Authorization` of all requests. */
  readonly authorization: string | undefined;
}

/** Whether the server speaks HTTP. */
export function isHttpServer({ protocol }: FixedServer): boolean {
  return protocol === 'http' || protocol === 'https';
}

/** Whether the server speaks TLS. */
export function isTlsServer({ protocol }: FixedServer): boolean {
  return protocol === 'https' || protocol === 'tls';
}
