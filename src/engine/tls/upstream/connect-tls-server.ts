import type { ServerConnection } from '../../../flow/connection.js';
import type { ClientContext } from '../../client/client-context.js';
import { connectServer } from '../../upstream/server-connection.js';
import { handshakeFor, startTls, type TlsServerChannel } from './server-side.js';

/**
 * Connects to the server of a URL and performs the TLS handshake.
 * @throws UpstreamError, ProtocolError
 */
export async function connectTlsServer(context: ClientContext, server: ServerConnection): Promise<TlsServerChannel> {
  // An addon may change the connection's address; the certificate must still match the URL's host.
  const handshake = handshakeFor(context.serverName ?? server.address![0]);
  return startTls(context, await connectServer(context, server), handshake);
}
