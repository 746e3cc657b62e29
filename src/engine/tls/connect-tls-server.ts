import { isIP } from 'node:net';
import type { ServerConnection } from '../../flow/connection.js';
import type { ClientContext } from '../client-context.js';
import { connectServer } from '../server-connection.js';
import { startTls, type TlsServerChannel } from './server-side.js';

/** Connects and shakes hands as for a URL: the name is the host's. @throws UpstreamError, ProtocolError */
export async function connectTlsServer(context: ClientContext, server: ServerConnection): Promise<TlsServerChannel> {
  const host = server.address![0];
  const tcp = await connectServer(context, server);
  return startTls(context, tcp, { name: isIP(host) ? undefined : host, alpnOffers: ['http/1.1'] });
}
