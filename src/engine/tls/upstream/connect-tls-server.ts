import type { ServerConnection } from '../../../flow/connection.js';
import type { ClientContext } from '../../client/client-context.js';
import { connectServer } from '../../upstream/server-connection.js';
import { HTTP2_OFFERS, handshakeFor, type ServerHandshake } from './server-handshake.js';
import { startTls, type TlsServerChannel } from './start-tls.js';

/**
 * Connects to the server of a URL and performs the TLS handshake.
 * @param offersHttp2 the server may choose HTTP/2
 * @throws UpstreamError, ProtocolError
 */
export async function connectTlsServer(
  context: ClientContext,
  server: ServerConnection,
  offersHttp2: boolean,
): Promise<TlsServerChannel> {
  // An addon may change the connection's address; the certificate must still match the URL's host.
  const reconnect = (again: ServerConnection) => connectServer(context, again);
  const handshake = { reconnect, ...urlHandshake(context, server.address![0], offersHttp2) };
  return startTls(context, await connectServer(context, server), handshake);
}

/** The handshake parameters for the host of a URL. */
export function urlHandshake({ serverName }: ClientContext, host: string, offersHttp2: boolean): ServerHandshake {
  return handshakeFor(serverName ?? host, offersHttp2 ? HTTP2_OFFERS : undefined);
}
