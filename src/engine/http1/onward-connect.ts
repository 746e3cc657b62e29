import { formatHostPort, parseAuthority } from '../../flow/authority.js';
import type { Address, ServerConnection } from '../../flow/connection.js';
import { whileClientStays } from '../dial/while-client-stays.js';
import type { Route } from '../route.js';
import type { Head } from './head.js';
import { requestHead } from './head-writer.js';
import type { LeavingExchange } from './leaving-exchange.js';
import type { Handover } from './outcome.js';
import type { Upstream } from './upstream.js';

/**
 * A client whose connection leads to one destination took that for a proxy and sent it a CONNECT, which was accepted:
 * passes the answer on. What follows leads through that proxy, and is looked at as behind a CONNECT to us.
 */
export function leadOnward(exchange: LeavingExchange, upstream: Upstream, answer: Head): Handover {
  const { flow, downstream } = exchange;
  const { context, outlet, reader } = downstream;
  context.authentication.acceptConnection();
  const proxy = downstream.route!;
  const { host, port } = parseAuthority(flow.request.authority)!;
  const target: Address = [host, port!];
  const { channel } = upstream;
  const rest = upstream.reader.detach();
  if (rest.length > 0) channel.stream.unshift(rest);
  goThrough(proxy, channel.connection, target);
  outlet.write(Buffer.concat([Buffer.from(`${answer.line}\r\n`, 'latin1'), answer.block, END]));
  outlet.flush();
  const request = requestHead(flow.request, undefined, flow.request.authority);
  const route: Route = {
    scheme: 'http',
    host,
    port: port!,
    ready: channel,
    open: async (server) => {
      server.address = [proxy.host, proxy.port];
      const again = await proxy.open(server);
      goThrough(proxy, server, target);
      const { openTunnel } = await import('../dial/through-parent.js');
      const name = `The proxy ${formatHostPort(proxy.host, proxy.port)}`;
      await whileClientStays(context, again.raw, () => openTunnel(context, again.stream, request, target, name));
      return again;
    },
  };
  return { route, rest: reader.detach() };
}

const END = Buffer.from('\r\n');

/** A connection to a proxy becomes one to the server behind it. */
function goThrough({ scheme, host, port }: Route, server: ServerConnection, target: Address): void {
  server.via = { scheme: scheme === 'https' ? 'https' : 'http', address: [host, port] };
  server.address = target;
}
