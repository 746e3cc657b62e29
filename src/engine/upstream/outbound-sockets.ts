import { isIP, type Socket } from 'node:net';
import type { Address } from '../../flow/connection.js';
import { unmapped } from '../../flow/text/ip-address.js';

/**
 * The addresses of our open and opening connections to servers, to recognise a connection that the system redirects back to us.
 */
export class OutboundSockets {
  private readonly ends = new Set<string>();

  /**
   * Registers a connecting socket until it closes. A connection to a host name is not registered: a connection that comes back
   * has an address as its destination.
   */
  add(socket: Socket, to: Address): void {
    if (isIP(to[0]) === 0) return;
    // Node connects to an address in the next tick, and then the socket has its local address. The connection may come back
    // before Node reports it as open.
    process.nextTick(() => {
      const { localAddress, localPort, destroyed } = socket;
      if (destroyed || localAddress === undefined || localPort === undefined) return;
      const ends = endsOf([localAddress, localPort], to);
      this.ends.add(ends);
      socket.once('close', () => this.ends.delete(ends));
    });
  }

  /** Whether a registered connection has these addresses. */
  has(from: Address, to: Address): boolean {
    return this.ends.has(endsOf(from, to));
  }
}

function endsOf(from: Address, to: Address): string {
  return `${from[1]} ${unmapped(from[0])} ${to[1]} ${unmapped(to[0])}`;
}
