import type { Server, Socket } from 'node:net';
import type { Address } from '../../flow/connection.js';
import { ListenError } from '../errors.js';

/** What transparent mode asks of an operating system. */
export interface Platform {
  /**
   * Makes a listener ready for connections that were meant for others.
   * @returns what it takes and does not take, in words that go on behind the name of the listener
   */
  prepare(listener: Server): string[];
  /**
   * Where a connection was going before it was redirected to us. That of one that was not redirected is our own listener.
   * @throws Error if it cannot be told
   */
  originalDestination(socket: Socket): Address | Promise<Address>;
}

/**
 * What there is for an operating system, as Node names it.
 * @throws ListenError that says what is missing
 */
export async function loadPlatform(name: NodeJS.Platform): Promise<Platform> {
  switch (name) {
    case 'linux':
      return (await import('./linux.js')).loadLinux();
    case 'darwin':
    case 'freebsd':
      return (await import('./pf.js')).loadPf();
    case 'openbsd':
      return (await import('./openbsd.js')).openbsd;
    default:
      throw new ListenError(
        `Transparent mode does not work on ${name}: there is no way to ask it where a connection was going. There is one on Linux, macOS, FreeBSD and OpenBSD.`,
      );
  }
}

/** The address that a connection has on our side. @throws Error if it is gone already */
export function localAddress({ localAddress, localPort }: Socket): Address {
  if (localAddress === undefined || localPort === undefined) throw new Error('the connection is gone already');
  return [unmapped(localAddress), localPort];
}

/** An IPv4 address as such, where a socket for both families shows it as IPv6 (`::ffff:10.0.0.1`). */
export function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
