import { connect, isIP, isIPv6, type Socket } from 'node:net';
import type { Address } from '../../../flow/connection.js';
import { ClientGoneError } from '../../errors.js';
import type { DescriptorWatch } from '../../net/descriptor-watch.js';
import type { LeaveSignal } from '../../net/leave-signal.js';
import { readAfterFailure } from '../../net/read-after-failure.js';
import type { OutboundSockets } from '../outbound-sockets.js';
import type { Lookups } from './lookups.js';

export interface TcpOptions {
  /** Local address of this connection; undefined lets the system choose. */
  from: string | undefined;
  /** Seconds; 0 uses the system's timeout. */
  timeout: number;
  /** Aborted when the connection is no longer needed. */
  signal: LeaveSignal;
  own: OutboundSockets;
  lookups: Lookups;
  descriptors: DescriptorWatch;
}

/**
 * Opens a TCP connection. If it fails with cached addresses, the name is looked up again.
 * @throws Error of Node, with the code `ETIMEDOUT` after the timeout; ClientGoneError
 */
export async function openTcp(address: Address, options: TcpOptions): Promise<Socket> {
  const start = performance.now();
  const { signal, timeout, lookups } = options;
  let isRemembered = false;
  try {
    return await connectOnce(address, options, () => {
      isRemembered = true;
    });
  } catch (error) {
    lookups.forget(address[0]);
    const left = timeout - (performance.now() - start) / 1000;
    if (!isRemembered || signal.aborted || (timeout > 0 && left <= 0)) throw error;
    return connectOnce(address, { ...options, timeout: timeout > 0 ? left : 0 }, () => {});
  }
}

function connectOnce(
  [host, port]: Address,
  { from, timeout, signal, own, lookups, descriptors }: TcpOptions,
  onRemembered: () => void,
): Promise<Socket> {
  if (signal.aborted) return Promise.reject(new ClientGoneError());
  if (from && isIP(host) && isIPv6(host) !== isIPv6(from)) return Promise.reject(otherFamily(from));
  if (!descriptors.admits()) return Promise.reject(tooManyFiles());
  return new Promise((resolve, reject) => {
    let settled = false;
    const socket = connect({
      host,
      port,
      // The name has to resolve to an address of the same family as the local address.
      ...(from ? { localAddress: from, family: isIPv6(from) ? 6 : 4 } : {}),
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      lookup: lookups.for(() => !settled, onRemembered),
    });
    readAfterFailure(socket);
    own.add(socket, [host, port]);
    // Others may have taken the descriptors during the look-up.
    socket.on('lookup', () => {
      if (!descriptors.admits()) socket.destroy(tooManyFiles());
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
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', clientGone);
      socket.off('error', failed);
      // Later errors are handled through `close`.
      socket.on('error', () => {});
    };
    const failed = (error: NodeJS.ErrnoException): void => {
      settle();
      if (from && error.code === 'ENOTFOUND') reject(otherFamily(from));
      else if (from && error.code === 'EADDRNOTAVAIL') reject(notLocal(from));
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

/** As the system would say it if connections were allowed to take the last descriptors. */
function tooManyFiles(): Error {
  return Object.assign(new Error('too many open files'), { code: 'EMFILE' });
}

function notLocal(from: string): Error {
  return new Error(`the local address ${from} is not an address of this machine`);
}

function otherFamily(from: string): Error {
  const family = isIPv6(from) ? 'IPv6' : 'IPv4';
  return new Error(`it has no ${family} address, which the local address ${from} requires`);
}
