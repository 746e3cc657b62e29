import type { ServerConnection } from '../../../flow/connection.js';
import { parseAuthority } from '../../../flow/http/authority.js';
import type { ClientContext } from '../../client/client-context.js';
import { ClientGoneError } from '../../errors.js';
import { PendingChannel } from '../../upstream/pending-channel.js';
import { Route } from '../../upstream/route.js';
import type { ServerChannel } from '../../upstream/server-channel.js';
import { certificateNames } from '../x509/certificate-names.js';
import type { SubjectName } from '../x509/subject-name.js';
import { HTTP2_OFFERS, handshakeFor, type ServerHandshake, shareScope } from './server-handshake.js';
import { isForHost } from './server-identity.js';
import { startTls, type TlsServerChannel } from './server-side.js';

/** TLS with the server of a route whose client does not use TLS. @param offersHttp2 the server may choose HTTP/2 */
export async function secureRoute(context: ClientContext, route: Route, offersHttp2: boolean): Promise<Route> {
  const offers = route.fixed?.protocol === 'tls' ? [] : offersHttp2 ? HTTP2_OFFERS : undefined;
  const handshake = { ...handshakeFor(route.host, offers), reconnect: route.connect };
  const ready = route.takeReady();
  const upstream = ready && (await startServerTls(context, ready, handshake, undefined));
  return tlsRoute(context, route, handshake, { upstream });
}

/**
 * A failed handshake with the server does not prevent the client's: the client's requests get the error.
 * @param key of the server in `KnownServers`, if it is to be remembered
 */
export async function startServerTls(
  context: ClientContext,
  server: ServerChannel,
  handshake: ServerHandshake,
  key: string | undefined,
): Promise<TlsServerChannel | Error> {
  try {
    return await startKnownTls(context, server, handshake, key);
  } catch (error) {
    if (!(error instanceof ClientGoneError)) context.services.log.warn((error as Error).message, context.client);
    return error as Error;
  }
}

/** The state of TLS with the server of a route. */
export interface SecureRouteParts {
  /** The first handshake: done, failed or, as a promise, in progress; undefined if a request has to begin it. */
  upstream: TlsServerChannel | Error | Promise<TlsServerChannel | Error> | undefined;
  /** See `startServerTls`. */
  key?: string | undefined;
  /** See `RouteParts`. */
  servesHttp?: boolean;
  /** The names that a client of HTTP/2 was shown, if they are those of an earlier connection to the server. */
  shown?: readonly SubjectName[] | undefined;
}

/** The route to the server for the requests inside TLS; a failed handshake is not retried for this client. */
export function tlsRoute(
  context: ClientContext,
  { host, port, connect, fixed, scope }: Route,
  handshake: ServerHandshake,
  { upstream, key, servesHttp = false, shown }: SecureRouteParts,
): Route {
  const pending = upstream instanceof Promise ? new PendingChannel(upstream, context.signal) : undefined;
  let failure = upstream instanceof Error ? upstream : undefined;
  let isHttp = false;
  const { known } = context.services.tls;
  const noteHttp = (): void => {
    if (key !== undefined && isHttp) known.noteHttp(key);
  };
  const connectTls = async (server: ServerConnection): Promise<ServerChannel> => {
    const begun = await pending?.take();
    if (begun instanceof Error) failure = begun;
    else if (begun) {
      if (!begun.destroyed && begun.stream.readable) return begun;
      // The server has closed it meanwhile.
      begun.destroy();
    }
    if (failure) throw failure;
    const channel = await startKnownTls(context, await connect(server), handshake, key);
    noteHttp();
    return channel;
  };
  return new Route({ scheme: 'https', host, port }, connectTls, {
    ready: pending || upstream instanceof Error ? undefined : (upstream as TlsServerChannel | undefined),
    pending,
    fixed,
    scope: scope === undefined ? undefined : shareScope(context, handshake),
    servesHttp,
    misdirects: shown && handshake.name !== undefined ? misdirection(handshake.name, shown) : undefined,
    onHttp: () => {
      isHttp = true;
      noteHttp();
    },
  });
}

/** @param verified the host of the connection itself, which the handshake checks */
function misdirection(verified: string, shown: readonly SubjectName[]): Route['misdirects'] {
  return ({ tls }, authority) => {
    const host = parseAuthority(authority)?.host;
    if (host === undefined || host === verified || !isForHost(shown, host)) return false;
    return !isForHost(certificateNames(tls?.certificates[0] ?? Buffer.alloc(0)).names, host);
  };
}

/** Performs a handshake, and remembers what the server said. @throws the errors of `startTls` */
async function startKnownTls(
  context: ClientContext,
  server: ServerChannel,
  handshake: ServerHandshake,
  key: string | undefined,
): Promise<TlsServerChannel> {
  if (key === undefined) return startTls(context, server, handshake);
  const { known } = context.services.tls;
  try {
    const channel = await startTls(context, server, handshake);
    known.remember(key, channel.peer, channel.connection.tls?.alpn);
    return channel;
  } catch (error) {
    if (!(error instanceof ClientGoneError)) known.forget(key);
    throw error;
  }
}
