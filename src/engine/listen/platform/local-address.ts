import type { Socket } from 'node:net';
import type { Address } from '../../../flow/connection.js';
import { unmapped } from '../../../flow/text/ip-address.js';

/** A connection's local address. @throws Error if it has closed */
export function localAddress({ localAddress, localPort }: Socket): Address {
  if (localAddress === undefined || localPort === undefined) throw new Error('the connection has closed already');
  return [unmapped(localAddress), localPort];
}
