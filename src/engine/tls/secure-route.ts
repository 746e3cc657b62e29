import { withoutFinalDot } from '../../flow/host-name.js';
import type { ClientContext } from '../client-context.js';
import type { Route } from '../route.js';
import { type ServerHandshake, startTls, type TlsServerChannel } from './server-side.js';

/** TLS with the server of a route whose client does not speak it. */
export async function secureRoute(context: ClientContext, route: Route): Promise<Route> {
  const alpnOffers = route.fixed?.protocol === 'tls' ? [] : ['http/1.1'];
  const handshake: ServerHandshake = { name: withoutFinalDot(route.host), alpnOffers };
  const upstream = route.ready && (await startServerTls(context, route.ready, handshake));
  return tlsRoute(context, route, handshake, upstream);
}

/** A server that cannot be spoken with does not keep the client from its handshake: its requests are told the reason. */
export async function startServerTls(
  context: ClientContext,
  server: NonNullable<Route['ready']>,
  handshake: ServerHandshake,
): Promise<TlsServerChannel | Error> {
  try {
    return await startTls(context, server, handshake);
  } catch (error) {
    context.services.log.warn((error as Error).message, context.client);
    return error as Error;
  }
}

/** The way to the server for the requests inside; a handshake that failed is not tried again for this client. */
export function tlsRoute(
  context: ClientContext,
  { host, port, open, fixed }: Route,
  handshake: ServerHandshake,
  upstream: TlsServerChannel | Error | undefined,
): Route {
  return {
    scheme: 'https',
    host,
    port,
    fixed,
    ready: upstream instanceof Error ? undefined : upstream,
    open: async (server) => {
      if (upstream instanceof Error) throw upstream;
      return startTls(context, await open(server), handshake);
    },
  };
}
