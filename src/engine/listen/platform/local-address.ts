import type { Socket } from 'node:net';
import type { Address } from '../../../flow/connection.js';
import { unmapped } from '../../../flow/text/ip-address.js';

/** The address that a connection has on our side. @throws Error if it is gone already */
export function localAddress({ localAddress, localPort }: Socket): Address {
  if (localAddress === undefined || localPort === undefined) throw new Error('the connection is gone already');
  return [unmapped(localAddress), localPort];
}
