import type { ServerConnection } from '../../../flow/connection.js';
import type { ClientContext } from '../../client/client-context.js';
import { connectServer } from '../../upstream/server-connection.js';
import { handshakeFor, startTls, type TlsServerChannel } from './server-side.js';

/** Connects and shakes hands as for a URL: its host, name or address, is what the certificate has to be for. @throws UpstreamError, ProtocolError */
export async function connectTlsServer(context: ClientContext, server: ServerConnection): Promise<TlsServerChannel> {
  // An addon may lead the connection elsewhere; the certificate has to be for the host of the URL.
  const handshake = handshakeFor(context.serverName ?? server.address![0]);
  return startTls(context, await connectServer(context, server), handshake);
}
