import { createServer, type Server, type Socket } from 'node:net';
import type { Address } from '../../flow/connection.js';
import { formatHostPort } from '../../flow/http/authority.js';
import { ListenError, socketErrorText } from '../errors.js';
import type { DescriptorWatch } from '../net/descriptor-watch.js';
import type { ListenerSpec } from './listeners.js';

/** Length of the accept queue; Node's default of 511 silently loses connections in a burst of clients. */
const BACKLOG = 4096;

/** An open listening socket. */
export interface Listener {
  readonly server: Server;
  /** With the actual port; the host is empty for all addresses. */
  readonly address: Address;
}

/** @throws ListenError */
export async function listen(
  { spec, host, port }: ListenerSpec,
  descriptors: DescriptorWatch,
  accept: (socket: Socket) => void,
): Promise<Listener> {
  const server = createServer({
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    pauseOnConnect: false,
  });
  server.on('connection', (socket) => {
    accept(socket);
    descriptors.check();
  });
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      const hint =
        error.code === 'EADDRINUSE'
          ? ` Choose another with ${spec.listenPort === undefined ? '--listen-port or ' : ''}--mode ${withPort(spec.text)}, or 0 for a free one.`
          : '';
      const where = host === '' ? `*:${port}` : formatHostPort(host, port);
      reject(new ListenError(`${spec.description} failed to listen on ${where}: ${listenErrorText(error)}.${hint}`));
    };
    server.once('error', failed);
    server.listen({ host: host || undefined, port, backlog: BACKLOG }, () => {
      server.off('error', failed);
      // A lack of descriptors must not end the program; the next accept may succeed.
      server.on('error', (error) => descriptors.refused(error));
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new ListenError('The listener has no address.');
  return { server, address: [host ? address.address : '', address.port] };
}

function listenErrorText(error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE') return 'the address is in use';
  if (error.code === 'EACCES') return 'permission denied (ports below 1024 need root or CAP_NET_BIND_SERVICE)';
  return socketErrorText(error);
}

function withPort(spec: string): string {
  return `${spec.replace(/@[^@]*$/, '')}@PORT`;
}
