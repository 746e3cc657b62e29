import type { ServerConnection } from '../../flow/connection.js';
import type { UpstreamConnection } from '../http/wire.js';
import { Http1Connection } from '../http1/connection.js';
import { Http2UpstreamConnection } from '../http2/upstream-connection.js';
import { connectTlsServer, urlHandshake } from '../tls/upstream/connect-tls-server.js';
import { shareScope } from '../tls/upstream/server-handshake.js';
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
  let { offersHttp2 = false, priorKnowledge = false } = parts;
  const { http2OnlyServers, options } = context.services;
  /** Servers that have answered HTTP/2 with HTTP/1. */
  const onlyHttp1 = new Set<string>();
  /** Whether HTTP/2 is expected of a server that has not chosen its protocol by ALPN. */
  const expectsHttp2 = ({ host, port }: Destination): boolean =>
    (priorKnowledge && !onlyHttp1.has(`${host}:${port}`)) || http2OnlyServers.has(host, port);
  const isHttp2 = (channel: ServerChannel, destination: Destination): boolean => {
    const alpn = destination.scheme === 'https' ? channel.connection.tls?.alpn : undefined;
    return alpn === undefined ? !channel.forwarder && expectsHttp2(destination) : alpn === 'h2';
  };
  const openHttp2 = (channel: ServerChannel, destination: Destination): Http2UpstreamConnection => {
    const connection = new Http2UpstreamConnection(channel, destination, context);
    connection.onConnectProtocol = () => pool.onConnectProtocol();
    connection.onHttp1 = () => {
      onlyHttp1.add(`${destination.host}:${destination.port}`);
      http2OnlyServers.delete(destination.host, destination.port);
    };
    return connection;
  };
  /** A proxy that forwards requests gets them in HTTP/1. */
  const takesForwarder = ({ host, port }: Destination): boolean => !priorKnowledge && !http2OnlyServers.has(host, port);
  const isRoute = ({ scheme, host, port }: Destination): boolean =>
    route?.scheme === scheme && route.host === host && route.port === port;
  const { shared } = context.services;
  const sharing =
    shared && !context.isReplay
      ? new PoolSharing(context, shared, (destination) => {
          if (isRoute(destination)) return { takesForwarder: false, scope: route!.scope };
          const { scheme, host } = destination;
          const scope = scheme === 'https' ? shareScope(context, urlHandshake(context, host, offersHttp2)) : '';
          return { takesForwarder: scheme !== 'https' && takesForwarder(destination), scope };
        })
      : undefined;
  const open = (channel: ServerChannel, destination: Destination): UpstreamConnection => {
    if (isHttp2(channel, destination)) return openHttp2(channel, destination);
    const shareKey = channel.isShareable ? sharing?.keyFor(destination) : undefined;
    const connection = new Http1Connection(channel, destination, context, shareKey);
    if (options.http2 && !channel.forwarder) {
      connection.onHttp2 = () => http2OnlyServers.add(destination.host, destination.port);
    }
    return connection;
  };
  const connector: Connector = async (destination, server) => {
    const { scheme } = destination;
    if (isRoute(destination)) return open(await route!.connect(server), destination);
    if (scheme === 'https') return open(await connectTlsServer(context, server, offersHttp2), destination);
    return open(await connectServer(context, server, takesForwarder(destination)), destination);
  };
  const switcher: Switcher = ({ destination }, { channel, rest }, method) => {
    if (!(channel instanceof ServerChannel)) throw new Error('Only a connection can be continued in HTTP/2.');
    offersHttp2 = true;
    priorKnowledge = true;
    const connection = openHttp2(channel, destination);
    const outgoing = connection.beginSwitched(method);
    connection.receiveFirst(rest);
    return { connection, outgoing };
  };
  const pool = new UpstreamPool(connector, { sharing, switcher });
  const ready = route?.takeReady();
  if (ready) pool.add(open(ready, route!));
  route?.pending?.whenOpen((channel) => pool.add(open(channel, route)));
  route?.onHttp?.();
  return pool;
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
    const { scheme, host, port } = destination;
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
