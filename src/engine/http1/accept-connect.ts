import type { ServerConnection } from '../../flow/connection.js';
import { connectServer } from '../server-connection.js';
import type { LeavingExchange } from './leaving-exchange.js';
import type { Handover } from './outcome.js';

const ESTABLISHED = Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n');

/**
 * Answers a CONNECT (RFC 9110 section 9.3.6), with `connection_strategy=eager` after the server was reached.
 * @throws UpstreamError or ProtocolError if it cannot be reached, ClientGoneError or KilledError
 */
export async function acceptConnect(exchange: LeavingExchange): Promise<Handover> {
  const { flow, downstream } = exchange;
  const { context, outlet, reader } = downstream;
  const eager = context.services.options.connectionStrategy === 'eager';
  const ready = eager ? await connectServer(context, flow.server) : undefined;
  try {
    exchange.told(undefined);
  } catch (error) {
    ready?.raw.destroy();
    throw error;
  }
  context.authentication.acceptConnection();
  outlet.write(ESTABLISHED);
  outlet.flush();
  const { host, port } = flow.request;
  const open = (server: ServerConnection) => connectServer(context, server);
  return { route: { scheme: 'http', host, port, ready, open }, rest: reader.detach() };
}
