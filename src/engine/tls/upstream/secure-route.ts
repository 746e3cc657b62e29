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
import { startTls, type TlsServerChannel } from './start-tls.js';

/** Adds TLS with the server to the route of a client that does not use TLS. @param offersHttp2 the server may choose HTTP/2 */
export async function secureRoute(context: ClientContext, route: Route, offersHttp2: boolean): Promise<Route> {
  const offers = route.fixed?.protocol === 'tls' ? [] : offersHttp2 ? HTTP2_OFFERS : undefined;
  const handshake = { reconnect: route.connect, ...handshakeFor(route.host, offers) };
  const ready = route.takeReady();
  const upstream = ready && (await startServerTls(context, ready, handshake, undefined));
  return tlsRoute(context, route, handshake, { upstream });
}

/**
 * Performs the handshake with a server. A failure does not prevent the client's handshake: it is logged and returned, as the
 * error of the client's requests.
 * @param key of the server in `KnownServers`; undefined to store nothing there
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
  /**
   * The first handshake: its result, or a promise of it while it is in progress; undefined if the first request has to begin
   * it.
   */
  upstream: TlsServerChannel | Error | Promise<TlsServerChannel | Error> | undefined;
  /** The key of the server in `KnownServers`. */
  key?: string | undefined;
  /** See `RouteParts`. */
  servesHttp?: boolean;
  /** For an HTTP/2 client whose leaf was minted from an earlier connection to the server: the names in the leaf. */
  shown?: readonly SubjectName[] | undefined;
}

/** The route to the server for the requests inside TLS. A failed handshake is not retried for this client. */
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
      // The server has closed the connection in the meantime.
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

/**
 * Whether an authority is among the names in the client's leaf, but not among those in the server's certificate.
 * @param verified the host for which the handshake verifies the certificate
 */
function misdirection(verified: string, shown: readonly SubjectName[]): Route['misdirects'] {
  return ({ tls }, authority) => {
    const host = parseAuthority(authority)?.host;
    if (host === undefined || host === verified || !isForHost(shown, host)) return false;
    return !isForHost(certificateNames(tls?.certificates[0] ?? Buffer.alloc(0)).names, host);
  };
}

/** Performs a handshake, and stores the server's answers if `key` is set. @throws the errors of `startTls` */
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
