import type { ServerConnection } from '../../flow/connection.js';
import { withoutFinalDot } from '../../flow/host-name.js';
import type { ClientContext } from '../client-context.js';
import { connectServer } from '../server-connection.js';
import { startTls, type TlsServerChannel } from './server-side.js';

/** Connects and shakes hands as for a URL: its host, name or address, is what the certificate has to be for. @throws UpstreamError, ProtocolError */
export async function connectTlsServer(context: ClientContext, server: ServerConnection): Promise<TlsServerChannel> {
  const name = withoutFinalDot(server.address![0]);
  const tcp = await connectServer(context, server);
  return startTls(context, tcp, { name, alpnOffers: ['http/1.1'] });
}
