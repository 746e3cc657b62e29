import { connect, isIP, isIPv6, type Socket } from 'node:net';
import type { Address } from '../../../flow/connection.js';
import { ClientGoneError } from '../../errors.js';
import { readAfterFailure } from '../../net/read-after-failure.js';
import type { OutboundSockets } from '../outbound-sockets.js';
import type { Lookups } from './lookups.js';

export interface TcpOptions {
  /** Our address on this connection; undefined leaves it to the system. */
  from: string | undefined;
  /** Seconds; 0 waits as long as the system does. */
  timeout: number;
  /** Aborted when the connection is not wanted any more. */
  signal: AbortSignal;
  own: OutboundSockets;
  lookups: Lookups;
}

/** Opens a TCP connection. @throws Error of Node, with the code `ETIMEDOUT` after the timeout; ClientGoneError */
export function openTcp([host, port]: Address, { from, timeout, signal, own, lookups }: TcpOptions): Promise<Socket> {
  if (signal.aborted) return Promise.reject(new ClientGoneError());
  if (from && isIP(host) && isIPv6(host) !== isIPv6(from)) return Promise.reject(otherFamily(from));
  return new Promise((resolve, reject) => {
    let settled = false;
    const socket = connect({
      host,
      port,
      // With an address of ours, a name must not resolve to one of the other family.
      ...(from ? { localAddress: from, family: isIPv6(from) ? 6 : 4 } : {}),
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      lookup: lookups.for(() => !settled),
    });
    readAfterFailure(socket);
    own.add(socket, [host, port]);
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
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', clientGone);
      socket.off('error', failed);
      // From here on errors end in 'close', which everybody listens to.
      socket.on('error', () => {});
    };
    const failed = (error: NodeJS.ErrnoException): void => {
      settle();
      if (from && error.code === 'ENOTFOUND') reject(otherFamily(from));
      else if (from && error.code === 'EADDRNOTAVAIL') reject(notOurs(from));
      else reject(error);
    };
    signal.addEventListener('abort', clientGone);
    socket.once('error', failed);
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
  });
}

function notOurs(from: string): Error {
  return new Error(`connections are to come from ${from}, which is no address of this machine`);
}

function otherFamily(from: string): Error {
  const family = isIPv6(from) ? 'IPv6' : 'IPv4';
  return new Error(`it has no ${family} address, and connections are to come from ${from}`);
}
