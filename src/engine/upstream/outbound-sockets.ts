import { isIP, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Address } from '../../flow/connection.js';
import { hostKey } from '../../flow/text/host-name.js';
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

/** Whether a connection to an address reaches our listener. @param own its address; an empty host for all addresses */
export function leadsTo([host, port]: Address, [own, ownPort]: Address): boolean {
  if (port !== ownPort) return false;
  const plain = unmapped(hostKey(host));
  if (plain === own) return true;
  const everywhere = own === '' || own === '::' || own === '0.0.0.0';
  if (plain === 'localhost') return isLoopback(own) || everywhere;
  if (!everywhere) return false;
  if (isLoopback(plain) || plain === '0.0.0.0' || plain === '::') return true;
  return Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === plain));
}

function isLoopback(host: string): boolean {
  return host === '::1' || /^127\./.test(host);
}
