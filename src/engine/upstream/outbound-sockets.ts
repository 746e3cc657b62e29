import { isIP, type Socket } from 'node:net';
import type { Address } from '../../flow/connection.js';
import { unmapped } from '../../flow/text/ip-address.js';

/** The connections to servers that are open, or about to be, so that one that the system sends back to us is known. */
export class OutboundSockets {
  private readonly ends = new Set<string>();

  /**
   * Knows a socket that was just told to connect until it is closed. One to a name is not known: if that comes back, the
   * connection that is made in its place is to an address.
   */
  add(socket: Socket, to: Address): void {
    if (isIP(to[0]) === 0) return;
    // To an address Node connects in the next tick. Our end is chosen then, and the connection may come back before we are
    // told that it is open.
    process.nextTick(() => {
      const { localAddress, localPort, destroyed } = socket;
      if (destroyed || localAddress === undefined || localPort === undefined) return;
      const ends = endsOf([localAddress, localPort], to);
      this.ends.add(ends);
      socket.once('close', () => this.ends.delete(ends));
    });
  }

  /** Whether one of them has these ends. */
  has(from: Address, to: Address): boolean {
    return this.ends.has(endsOf(from, to));
  }
}

function endsOf(from: Address, to: Address): string {
  return `${from[1]} ${unmapped(from[0])} ${to[1]} ${unmapped(to[0])}`;
}
