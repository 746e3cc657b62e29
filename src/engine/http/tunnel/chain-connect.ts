import type { Address, ServerConnection, Via } from '../../../flow/connection.js';
import type { HttpFlow } from '../../../flow/flow.js';
import { formatHostPort, parseAuthority } from '../../../flow/http/authority.js';
import { whileClientStays } from '../../upstream/dial/while-client-stays.js';
import { Route } from '../../upstream/route.js';
import type { ServerChannel } from '../../upstream/server-channel.js';
import type { ClientSide } from '../client-side.js';
import type { ConnectTunnel } from '../outcome.js';
import type { IncomingRequest, ResponseHead } from '../wire.js';

/** The connection to the proxy, and the bytes already read from it. */
interface ConnectedProxy {
  readonly channel: ServerChannel;
  readonly rest: Buffer;
}

/**
 * The client sent a CONNECT to its connection's fixed destination, a proxy, which accepted it: forwards the response.
 * The tunnel leads through that proxy and is inspected like one of our own.
 */
export function chainConnect(
  { context, route }: ClientSide,
  flow: HttpFlow,
  incoming: IncomingRequest,
  { channel, rest }: ConnectedProxy,
  { response, original }: ResponseHead,
): ConnectTunnel {
  context.authentication.acceptConnection();
  const proxy = route!;
  const { host, port } = parseAuthority(flow.request.authority)!;
  const target: Address = [host, port!];
  const via: Via = { scheme: proxy.scheme === 'https' ? 'https' : 'http', address: [proxy.host, proxy.port] };
  /** Turns a connection to the proxy into one to the server behind it. */
  const goThrough = (server: ServerConnection): void => {
    server.via = via;
    server.address = target;
  };
  if (rest.length > 0) channel.stream.unshift(rest);
  goThrough(channel.connection);
  const behind = incoming.startTunnel(response, original).rest;
  const connect = async (server: ServerConnection): Promise<ServerChannel> => {
    // It may have been behind the proxy before.
    if (server.via === via) server.via = undefined;
    server.address = [proxy.host, proxy.port];
    const again = await proxy.connect(server);
    goThrough(server);
    const { openTunnel } = await import('../../upstream/dial/through-upstream-proxy.js');
    const name = `The proxy ${formatHostPort(proxy.host, proxy.port)}`;
    const request = { request: connectHead(flow), target, proxy: name };
    await whileClientStays(context, again, () => openTunnel(context, again.stream, request));
    return again;
  };
  return { route: new Route({ scheme: 'http', host, port: port! }, connect, { ready: channel }), rest: behind };
}

/** The CONNECT as the client sent it. */
function connectHead({ request }: HttpFlow): Buffer {
  const line = Buffer.from(`CONNECT ${request.authority} ${request.httpVersion}\r\n`, 'latin1');
  return Buffer.concat([line, request.headers.bytes, Buffer.from('\r\n')]);
}
