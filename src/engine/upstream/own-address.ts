import { networkInterfaces } from 'node:os';
import type { Address } from '../../flow/connection.js';
import { hostKey } from '../../flow/text/host-name.js';
import { unmapped } from '../../flow/text/ip-address.js';

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
