import { Clock } from '../../flow/clock.js';
import { formatAddress, type ServerConnection } from '../../flow/connection.js';
import { formatHostPort } from '../../flow/http/authority.js';
import type { ClientContext } from '../client/client-context.js';
import { ClientGoneError, firstError, ProtocolError, socketErrorText, UpstreamError } from '../errors.js';
import { openTcp, type TcpOptions } from './dial/direct.js';
import { withoutCredentials } from './dial/upstream-proxy.js';
import { checkPermit } from './permit.js';
import { ServerChannel } from './server-channel.js';
import type { ServerConnectResult } from './shared-connections.js';

/**
 * Connects to a server, directly or through the proxy `server.via`, and runs the hooks.
 * @param takesForwarder whether a forwarding proxy may be used without a tunnel
 * @throws UpstreamError if that fails, ProtocolError if the connection would lead back to us, ClientGoneError if the client
 * left in the meantime
 */
export async function connectServer(
  context: ClientContext,
  server: ServerConnection,
  takesForwarder = false,
): Promise<ServerChannel> {
  const { services, client } = context;
  const { hooks, log, connectionLevel } = services;
  // The hook has already run if an idle connection of another client was searched for.
  const { isPlain, isOtherProxy } =
    services.shared?.hookResults.get(server) ?? (await runServerConnect(context, server, takesForwarder));
  const clock = new Clock();
  const channel = await reach(context, server, clock, takesForwarder, isOtherProxy);
  channel.isShareable = isPlain;
  const name = describeServer(server);
  log[connectionLevel](`server connect ${name}`, client);
  channel.socket.once('close', () => {
    server.timestampEnd = clock.now();
    log[connectionLevel](`server disconnect ${name}`, client);
    void hooks.emit('serverDisconnected', { client, server });
  });
  const connected = hooks.emit('serverConnected', { client, server });
  if (connected) await connected;
  return channel;
}

/**
 * Selects the upstream proxy, then runs `serverConnect`, in which addons may change or refuse the connection.
 * @throws UpstreamError, ProtocolError
 */
export async function runServerConnect(
  context: ClientContext,
  server: ServerConnection,
  takesForwarder: boolean,
): Promise<ServerConnectResult> {
  const { services, client, upstreamProxy } = context;
  const { hooks } = services;
  const [host, port] = server.address!;
  server.timestampStart = new Clock().start;
  if (services.isOwnListener([host, port])) throw ownListener(host, port);
  const via = upstreamProxy?.select([host, port], takesForwarder ? 'http' : 'https');
  // An addon may have chosen one for the request.
  server.via ??= via;
  const pending = hooks.emit('serverConnect', { client, server });
  if (pending) await pending;
  if (server.via) server.via = withoutCredentials(server.via);
  if (server.error) throw new UpstreamError(server.error, 502, undefined, 'refused-by-addon');
  const [actualHost, actualPort] = server.address ?? [];
  const isElsewhere = actualHost !== host || actualPort !== port || server.via !== via;
  return {
    isPlain: !isElsewhere && server.sni === undefined && server.local === undefined,
    isOtherProxy: server.via !== undefined && formatAddress(server.via.address) !== formatAddress(via?.address),
  };
}

/**
 * Opens the connection. Runs the error hook before it throws.
 * @param isOtherProxy an addon has chosen the upstream proxy
 */
async function reach(
  context: ClientContext,
  server: ServerConnection,
  clock: Clock,
  takesForwarder: boolean,
  isOtherProxy: boolean,
): Promise<ServerChannel> {
  const { services, client } = context;
  const { address, via } = server;
  const hop = via?.address ?? address!;
  const options: TcpOptions = {
    from: server.local?.[0] ?? services.options.connectAddr,
    timeout: services.options.connectTimeout,
    signal: context.signal,
    own: services.outboundSockets,
    lookups: services.lookups,
    descriptors: services.descriptors,
  };
  try {
    checkPermit(context, server);
    // An upstream proxy chosen by an addon needs a permit, like a server.
    if (isOtherProxy) checkPermit(context, { address: hop, via: undefined });
    if (via && services.isOwnListener(hop)) throw ownListener(...hop);
    const socket = await openTcp(hop, options);
    server.timestampTcpSetup = clock.now();
    server.peer = [socket.remoteAddress ?? hop[0], socket.remotePort ?? hop[1]];
    server.local = [socket.localAddress ?? '', socket.localPort ?? 0];
    if (services.isOwnListener(server.peer)) {
      socket.destroy();
      throw ownListener(...hop);
    }
    if (!via) return new ServerChannel(socket, socket, server, clock);
    const { throughUpstreamProxy } = await import('./dial/through-upstream-proxy.js');
    const { stream, forwarder } = await throughUpstreamProxy(context, server, socket, clock, takesForwarder);
    return new ServerChannel(stream, socket, server, clock, forwarder);
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    server.error =
      error instanceof UpstreamError
        ? error.message
        : `Could not connect to ${via ? 'the upstream proxy ' : ''}${formatHostPort(...hop)}: ${socketErrorText(error as Error)}.`;
    server.timestampEnd = clock.now();
    await services.hooks.emit('serverConnectError', { client, server });
    if (error instanceof ClientGoneError || error instanceof UpstreamError) throw error;
    const cause = firstError(error as Error);
    throw new UpstreamError(server.error, (cause as NodeJS.ErrnoException).code === 'ETIMEDOUT' ? 504 : 502, cause);
  }
}

/** `example.com:80 (93.184.216.34:80)`, or the address alone if no name was resolved. */
function describeServer(server: ServerConnection): string {
  const name = formatAddress(server.address);
  const peer = formatAddress(server.peer);
  if (server.via) return `${name} (via ${server.via.scheme}://${formatAddress(server.via.address)})`;
  return name === peer ? name : `${name} (${peer})`;
}

function ownListener(host: string, port: number): ProtocolError {
  return new ProtocolError(
    400,
    `Request destination unknown: ${formatHostPort(host, port)} is this proxy itself, so the request would loop.`,
  );
}
