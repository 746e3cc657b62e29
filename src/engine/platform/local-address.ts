import type { Socket } from 'node:net';
import type { Address } from '../../flow/connection.js';

/** The address that a connection has on our side. @throws Error if it is gone already */
export function localAddress({ localAddress, localPort }: Socket): Address {
  if (localAddress === undefined || localPort === undefined) throw new Error('the connection is gone already');
  return [unmapped(localAddress), localPort];
}

/** An IPv4 address as such, where a socket for both families shows it as IPv6 (`::ffff:10.0.0.1`). */
export function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
