import type { Server, Socket } from 'node:net';
import type { Address } from '../../../flow/connection.js';
import { unmapped } from '../../../flow/text/ip-address.js';

/** Operating system support for transparent mode. */
export interface Platform {
  /**
   * Prepares a listener for redirected connections.
   * @returns remarks on the supported kinds of redirection, to print after the listener's description
   */
  prepare(listener: Server): string[];
  /**
   * The destination of a connection before it was redirected to us. For a connection that was not redirected, this is the
   * address of our own listener.
   * @throws Error if it cannot be determined
   */
  originalDestination(socket: Socket): Address | Promise<Address>;
}

/** A connection's local address. @throws Error if it has closed */
export function localAddress({ localAddress, localPort }: Socket): Address {
  if (localAddress === undefined || localPort === undefined) throw new Error('the connection has closed already');
  return [unmapped(localAddress), localPort];
}
