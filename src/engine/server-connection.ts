import { connect, type Socket } from 'node:net';
import { formatHostPort } from '../flow/authority.js';
import { Clock } from '../flow/clock.js';
import { type Address, formatAddress, type ServerConnection } from '../flow/connection.js';
import type { Channel } from './channel.js';
import { ClientGoneError, ProtocolError, socketErrorText, UpstreamError } from './errors.js';
import type { ClientContext } from './services.js';

/** An open connection to a server. */
export interface ServerChannel extends Channel {
  readonly connection: ServerConnection;
  readonly clock: Clock;
}

/**
 * Connects to a server by TCP, telling the hooks of it.
 * @throws UpstreamError if that fails, ProtocolError if it would lead back to us, ClientGoneError if the client left meanwhile
 */
export async function connectServer(context: ClientContext, server: ServerConnection): Promise<ServerChannel> {
  const { services, client } = context;
  const { hooks, log } = services;
  const [host, port] = server.address!;
  const clock = new Clock();
  server.timestampStart = clock.start;
  if (services.isOwnListener([host, port])) throw ownListener(host, port);
  const pending = hooks.emit('serverConnect', { client, server });
  if (pending) await pending;
  if (server.error) throw new UpstreamError(server.error);
  let socket: Socket;
  try {
    socket = await open(server.address!, services.options.connectTimeout, context.socket);
  } catch (error) {
    server.error = `Could not connect to ${formatHostPort(host, port)}: ${socketErrorText(error as Error)}.`;
    server.timestampEnd = clock.now();
    await hooks.emit('serverConnectError', { client, server });
    if (error instanceof ClientGoneError) throw error;
    throw new UpstreamError(server.error, (error as NodeJS.ErrnoException).code === 'ETIMEDOUT' ? 504 : 502);
  }
  server.timestampTcpSetup = clock.now();
  server.peer = [socket.remoteAddress ?? host, socket.remotePort ?? port];
  server.local = [socket.localAddress ?? '', socket.localPort ?? 0];
  if (services.isOwnListener(server.peer)) {
    socket.destroy();
    throw ownListener(host, port);
  }
  const name = describeServer(server);
  log.info(`server connect ${name}`, client);
  socket.once('close', () => {
    server.timestampEnd = clock.now();
    log.info(`server disconnect ${name}`, client);
    hooks.emit('serverDisconnected', { client, server });
  });
  const connected = hooks.emit('serverConnected', { client, server });
  if (connected) await connected;
  return { stream: socket, raw: socket, connection: server, clock };
}

/** `example.com:80 (93.184.216.34:80)`, or the address alone where no name was resolved. */
function describeServer(server: ServerConnection): string {
  const name = formatAddress(server.address);
  const peer = formatAddress(server.peer);
  return name === peer ? name : `${name} (${peer})`;
}

function ownListener(host: string, port: number): ProtocolError {
  return new ProtocolError(
    400,
    `Request destination unknown: ${formatHostPort(host, port)} is this proxy itself, so the request would come back for ever.`,
  );
}

function open([host, port]: Address, timeout: number, client: Socket): Promise<Socket> {
  if (client.destroyed) return Promise.reject(new ClientGoneError());
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
    });
    const timer =
      timeout > 0
        ? setTimeout(() => {
            const error: NodeJS.ErrnoException = new Error(`no connection within ${timeout} s`);
            error.code = 'ETIMEDOUT';
            socket.destroy(error);
          }, timeout * 1000)
        : undefined;
    const clientGone = (): void => void socket.destroy(new ClientGoneError());
    const settle = (): void => {
      clearTimeout(timer);
      client.off('close', clientGone);
      socket.off('error', failed);
      // From here on errors end in 'close', which everybody listens to.
      socket.on('error', () => {});
    };
    const failed = (error: Error): void => {
      settle();
      reject(error);
    };
    client.once('close', clientGone);
    socket.once('error', failed);
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
  });
}
