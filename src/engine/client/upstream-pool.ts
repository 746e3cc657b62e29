import type { ServerConnection } from '../../flow/connection.js';
import type { UpstreamConnection } from '../http/wire.js';
import { Http1Connection } from '../http1/connection.js';
import { Http2UpstreamConnection } from '../http2/upstream-connection.js';
import { connectTlsServer, urlHandshake } from '../tls/upstream/connect-tls-server.js';
import { shareScope } from '../tls/upstream/server-handshake.js';
import { withoutCredentials } from '../upstream/dial/upstream-proxy.js';
import { type Connector, type Sharing, type Switcher, UpstreamPool } from '../upstream/pool.js';
import type { Destination, Route } from '../upstream/route.js';
import { ServerChannel } from '../upstream/server-channel.js';
import { connectServer, runServerConnect } from '../upstream/server-connection.js';
import type { SharedConnections } from '../upstream/shared-connections.js';
import type { ClientContext } from './client-context.js';

export interface PoolParts {
  /** The connection's destination, if known. */
  route: Route | undefined;
  /** The client speaks HTTP/2, so servers are offered it as well. */
  offersHttp2?: boolean;
  /** The client speaks HTTP/2 without ALPN, so servers are expected to do so as well. */
  priorKnowledge?: boolean;
}

/** The pool of a client's connections to servers; includes the route's connection if that is open. */
export function createUpstreamPool(context: ClientContext, parts: PoolParts): UpstreamPool {
  const { route } = parts;
  const connector = new ClientConnector(context, parts);
  const { connect, switchToHttp2: switcher, sharing } = connector;
  const pool = new UpstreamPool(connect, { sharing, switcher });
  const allow = (): void => pool.onConnectProtocol();
  connector.onConnectProtocol = allow;
  const ready = route?.takeReady();
  if (ready) pool.add(connector.open(ready, route!));
  route?.pending?.whenOpen((channel) => pool.add(connector.open(channel, route)));
  route?.onHttp?.();
  return pool;
}

/** Opens a client's connections to servers: on the client's route, or to the server of a URL; in HTTP/1 or HTTP/2. */
class ClientConnector {
  readonly sharing: PoolSharing | undefined;
  /** See `UpstreamPool`. */
  onConnectProtocol: () => void = () => {};
  private readonly route: Route | undefined;
  private offersHttp2: boolean;
  private priorKnowledge: boolean;
  /** Servers that have answered HTTP/2 with HTTP/1. */
  private readonly onlyHttp1 = new Set<string>();

  constructor(
    private readonly context: ClientContext,
    { route, offersHttp2 = false, priorKnowledge = false }: PoolParts,
  ) {
    this.route = route;
    this.offersHttp2 = offersHttp2;
    this.priorKnowledge = priorKnowledge;
    const { shared } = context.services;
    if (shared && !context.isReplay) {
      this.sharing = new PoolSharing(context, shared, (destination) => this.openingOf(destination));
    }
  }

  readonly connect: Connector = async (destination, server) => {
    const { context } = this;
    if (destination.via) server.via = withoutCredentials(destination.via);
    if (this.isRoute(destination)) return this.open(await this.route!.connect(server), destination);
    const channel =
      destination.scheme === 'https'
        ? await connectTlsServer(context, server, this.offersHttp2)
        : await connectServer(context, server, this.takesForwarder(destination));
    return this.open(channel, destination);
  };

  readonly switchToHttp2: Switcher = ({ destination }, { channel, rest }, method) => {
    if (!(channel instanceof ServerChannel)) throw new Error('Only a connection can be continued in HTTP/2.');
    this.offersHttp2 = true;
    this.priorKnowledge = true;
    const connection = this.openHttp2(channel, destination);
    const outgoing = connection.beginSwitched(method);
    connection.receiveFirst(rest);
    return { connection, outgoing };
  };

  /** Begins HTTP on a channel, in the version that the server speaks. */
  open(channel: ServerChannel, destination: Destination): UpstreamConnection {
    if (this.isHttp2(channel, destination)) return this.openHttp2(channel, destination);
    const { context } = this;
    const shareKey = channel.isShareable ? this.sharing?.keyFor(destination) : undefined;
    const connection = new Http1Connection(channel, destination, context, shareKey);
    const { options, http2OnlyServers } = context.services;
    if (options.http2 && !channel.forwarder) {
      const remember = (): void => http2OnlyServers.add(destination.host, destination.port);
      connection.onHttp2 = remember;
    }
    return connection;
  }

  private openHttp2(channel: ServerChannel, destination: Destination): Http2UpstreamConnection {
    const { host, port } = destination;
    const connection = new Http2UpstreamConnection(channel, destination, this.context);
    const allow = (): void => this.onConnectProtocol();
    const remember = (): void => {
      this.onlyHttp1.add(`${host}:${port}`);
      this.context.services.http2OnlyServers.delete(host, port);
    };
    connection.onConnectProtocol = allow;
    connection.onHttp1 = remember;
    return connection;
  }

  private isHttp2(channel: ServerChannel, destination: Destination): boolean {
    const alpn = destination.scheme === 'https' ? channel.connection.tls?.alpn : undefined;
    return alpn === undefined ? !channel.forwarder && this.expectsHttp2(destination) : alpn === 'h2';
  }

  /** Whether HTTP/2 is expected of a server that has not chosen its protocol by ALPN. */
  private expectsHttp2({ scheme, host, port }: Destination): boolean {
    const { isReplay, services } = this.context;
    // A replayed request may have been recorded with another server: one that does not choose HTTP/2 does not speak it.
    const isAssumed = this.priorKnowledge && !(isReplay && scheme === 'https');
    return (isAssumed && !this.onlyHttp1.has(`${host}:${port}`)) || services.http2OnlyServers.has(host, port);
  }

  /** Whether an upstream proxy may forward requests. It gets them in HTTP/1. */
  private takesForwarder({ host, port }: Destination): boolean {
    return !this.priorKnowledge && !this.context.services.http2OnlyServers.has(host, port);
  }

  private isRoute({ scheme, host, port }: Destination): boolean {
    const { route } = this;
    return route?.scheme === scheme && route.host === host && route.port === port;
  }

  private openingOf(destination: Destination): Opening {
    if (this.isRoute(destination)) return { takesForwarder: false, scope: this.route!.scope };
    const { context } = this;
    if (destination.scheme !== 'https') return { takesForwarder: this.takesForwarder(destination), scope: '' };
    const handshake = urlHandshake(context, destination.host, this.offersHttp2);
    return { takesForwarder: false, scope: shareScope(context, handshake) };
  }
}

/** The parameters with which a client's connections to a destination are opened. */
interface Opening {
  /** Whether an upstream proxy may forward requests, without a tunnel. */
  readonly takesForwarder: boolean;
  /**
   * The verified and negotiated parameters of TLS as text, empty without TLS; undefined if other clients must not use the
   * connection.
   */
  readonly scope: string | undefined;
}

/** Gives idle connections of one client to the connections that all clients share, and borrows from them. */
class PoolSharing implements Sharing {
  /** @param opening the parameters for a destination */
  constructor(
    private readonly context: ClientContext,
    private readonly shared: SharedConnections,
    private readonly opening: (destination: Destination) => Opening,
  ) {}

  /** `ShareTerms.key` of connections to a destination; undefined if they are not shared. */
  keyFor(destination: Destination): string | undefined {
    const { scheme, host, port, via: chosen } = destination;
    if (chosen) return undefined;
    const { takesForwarder, scope } = this.opening(destination);
    if (scope === undefined) return undefined;
    const via = this.context.upstreamProxy?.select([host, port], takesForwarder ? 'http' : 'https');
    return JSON.stringify([scheme, host, port, scope, this.shared.idOf(via), via !== undefined && takesForwarder]);
  }

  async borrow(destination: Destination, server: ServerConnection): Promise<UpstreamConnection | undefined> {
    const { context, shared } = this;
    const { hooks, permitConnection } = context.services;
    const key = this.keyFor(destination);
    if (key === undefined || permitConnection || !shared.has(key)) return undefined;
    if (hooks.listens('serverConnect')) {
      const result = await runServerConnect(context, server, this.opening(destination).takesForwarder);
      shared.hookResults.set(server, result);
      if (!result.isPlain) return undefined;
    }
    return shared.take(key);
  }

  offer(connection: UpstreamConnection): boolean {
    const terms = connection.shareTerms;
    return terms !== undefined && this.shared.offer(connection, terms);
  }

  reclaim(connection: UpstreamConnection): boolean {
    return this.shared.reclaim(connection);
  }
}
