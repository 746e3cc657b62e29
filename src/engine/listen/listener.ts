import { createServer, type Server, type Socket } from 'node:net';
import type { Address } from '../../flow/connection.js';
import { ListenError } from '../errors.js';
import type { DescriptorWatch } from '../net/descriptor-watch.js';
import { type BoundSocket, listenFailure } from './bound-socket.js';
import type { ListenerSpec } from './listener-spec.js';

/** Length of the accept queue; Node's default of 511 silently loses connections in a burst of clients. */
const BACKLOG = 4096;

/** An open listening socket. */
export interface Listener {
  readonly server: Server;
  /** With the actual port; the host is empty for all addresses. */
  readonly address: Address;
}

/** @param bound the socket, if the caller has bound it @throws ListenError */
export async function listen(
  listener: ListenerSpec,
  descriptors: DescriptorWatch,
  accept: (socket: Socket) => void,
  bound?: BoundSocket,
): Promise<Listener> {
  const { host, port } = listener;
  const server = createServer({
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    pauseOnConnect: false,
  });
  server.on('connection', (socket) => {
    if (descriptors.admits()) accept(socket);
    else socket.on('error', () => {}).destroy();
  });
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => reject(listenFailure(listener, error));
    server.once('error', failed);
    const opened = (): void => {
      server.off('error', failed);
      // A lack of descriptors must not end the program; the next accept may succeed.
      server.on('error', (error) => descriptors.refused(error));
      resolve();
    };
    if (bound) server.listen(bound, BACKLOG, opened);
    else server.listen({ host: host || undefined, port, backlog: BACKLOG }, opened);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new ListenError('The listener has no address.');
  return { server, address: [host ? address.address : '', address.port] };
}
