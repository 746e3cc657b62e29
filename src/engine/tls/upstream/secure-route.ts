import type { ServerConnection } from '../../../flow/connection.js';
import type { ClientContext } from '../../client/client-context.js';
import { ClientGoneError } from '../../errors.js';
import { Route } from '../../upstream/route.js';
import type { ServerChannel } from '../../upstream/server-channel.js';
import { HTTP2_OFFERS, handshakeFor, type ServerHandshake, startTls, type TlsServerChannel } from './server-side.js';

/** TLS with the server of a route whose client does not use TLS. @param offersHttp2 the server may choose HTTP/2 */
export async function secureRoute(context: ClientContext, route: Route, offersHttp2: boolean): Promise<Route> {
  const offers = route.fixed?.protocol === 'tls' ? [] : offersHttp2 ? HTTP2_OFFERS : undefined;
  const handshake = { ...handshakeFor(route.host, offers), reconnect: route.connect };
  const ready = route.takeReady();
  const upstream = ready && (await startServerTls(context, ready, handshake));
  return tlsRoute(context, route, handshake, upstream);
}

/** A failed handshake with the server does not prevent the client's: the client's requests get the error. */
export async function startServerTls(
  context: ClientContext,
  server: ServerChannel,
  handshake: ServerHandshake,
): Promise<TlsServerChannel | Error> {
  try {
    return await startTls(context, server, handshake);
  } catch (error) {
    if (!(error instanceof ClientGoneError)) context.services.log.warn((error as Error).message, context.client);
    return error as Error;
  }
}

/** The route to the server for the requests inside TLS; a failed handshake is not retried for this client. */
export function tlsRoute(
  context: ClientContext,
  { host, port, connect, fixed }: Route,
  handshake: ServerHandshake,
  upstream: TlsServerChannel | Error | undefined,
): Route {
  const connectTls = async (server: ServerConnection): Promise<TlsServerChannel> => {
    if (upstream instanceof Error) throw upstream;
    return startTls(context, await connect(server), handshake);
  };
  const ready = upstream instanceof Error ? undefined : upstream;
  return new Route({ scheme: 'https', host, port }, connectTls, { ready, fixed });
}
