import type { UpstreamConnection } from '../http/wire.js';
import { Http1Connection } from '../http1/connection.js';
import { Http2UpstreamConnection } from '../http2/upstream-connection.js';
import { connectTlsServer, urlHandshake } from '../tls/upstream/connect-tls-server.js';
import { shareScope } from '../tls/upstream/server-side.js';
import { type Connector, UpstreamPool } from '../upstream/pool.js';
import type { Destination, Route } from '../upstream/route.js';
import type { ServerChannel } from '../upstream/server-channel.js';
import { connectServer } from '../upstream/server-connection.js';
import type { ClientContext } from './client-context.js';
import { PoolSharing } from './pool-sharing.js';

export interface PoolParts {
  /** The connection's destination, if known. */
  route: Route | undefined;
  /** The client speaks HTTP/2, so servers are offered it as well. */
  offersHttp2?: boolean;
  /** The client speaks HTTP/2 without ALPN, so servers are expected to do so as well. */
  priorKnowledge?: boolean;
  /** Called when a server accepts extended CONNECT (RFC 8441). */
  onConnectProtocol?: () => void;
}

/** The pool of a client's connections to servers; includes the route's connection if that is open. */
export function upstreamPool(context: ClientContext, parts: PoolParts): UpstreamPool {
  const { route, offersHttp2 = false, priorKnowledge = false, onConnectProtocol } = parts;
  /** Servers that have answered HTTP/2 with HTTP/1. */
  const onlyHttp1 = new Set<string>();
  const isHttp2 = (channel: ServerChannel, { scheme, host, port }: Destination): boolean => {
    const alpn = scheme === 'https' ? channel.connection.tls?.alpn : undefined;
    if (alpn !== undefined) return alpn === 'h2';
    return priorKnowledge && !onlyHttp1.has(`${host}:${port}`);
  };
  const open = (channel: ServerChannel, destination: Destination): UpstreamConnection => {
    if (!isHttp2(channel, destination)) {
      return new Http1Connection(
        channel,
        destination,
        context,
        channel.isShareable ? sharing?.keyFor(destination) : undefined,
      );
    }
    const connection = new Http2UpstreamConnection(channel, destination, context);
    if (onConnectProtocol) connection.onConnectProtocol = onConnectProtocol;
    connection.onHttp1 = () => onlyHttp1.add(`${destination.host}:${destination.port}`);
    return connection;
  };
  const isRoute = ({ scheme, host, port }: Destination): boolean =>
    route?.scheme === scheme && route.host === host && route.port === port;
  const { shared } = context.services;
  const sharing =
    shared && !context.isReplay
      ? new PoolSharing(context, shared, (destination) => {
          if (isRoute(destination)) return { takesForwarder: false, scope: route!.scope };
          const { scheme, host } = destination;
          const scope = scheme === 'https' ? shareScope(context, urlHandshake(context, host, offersHttp2)) : '';
          return { takesForwarder: scheme !== 'https' && !priorKnowledge, scope };
        })
      : undefined;
  const connector: Connector = async (destination, server) => {
    const { scheme } = destination;
    if (isRoute(destination)) return open(await route!.connect(server), destination);
    if (scheme === 'https') return open(await connectTlsServer(context, server, offersHttp2), destination);
    return open(await connectServer(context, server, !priorKnowledge), destination);
  };
  const pool = new UpstreamPool(connector, sharing);
  const ready = route?.takeReady();
  if (ready) pool.add(open(ready, route!));
  route?.pending?.whenOpen((channel) => pool.add(open(channel, route)));
  route?.onHttp?.();
  return pool;
}
