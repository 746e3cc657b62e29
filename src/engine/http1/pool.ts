import type { ClientContext } from '../client/client-context.js';
import { connectTlsServer } from '../tls/upstream/connect-tls-server.js';
import { type Connector, UpstreamPool } from '../upstream/pool.js';
import type { Route } from '../upstream/route.js';
import { connectServer } from '../upstream/server-connection.js';
import { Http1Connection } from './connection.js';

/** The pool of HTTP/1 connections to servers; includes the route's connection if that is open. */
export function http1Pool(context: ClientContext, route: Route | undefined): UpstreamPool {
  const connector: Connector = async (destination, server) => {
    const { scheme, host, port } = destination;
    const isRoute = route?.scheme === scheme && route.host === host && route.port === port;
    const channel = isRoute
      ? await route.connect(server)
      : await (scheme === 'https' ? connectTlsServer(context, server) : connectServer(context, server, true));
    return new Http1Connection(channel, destination, context);
  };
  const pool = new UpstreamPool(connector);
  const ready = route?.takeReady();
  if (ready) pool.add(new Http1Connection(ready, route!, context));
  return pool;
}
