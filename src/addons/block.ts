import { BlockList, isIPv6 } from 'node:net';
import { type ClientConnection, formatAddress } from '../flow/connection.js';
import type { Addon } from '../flow/hooks/hooks.js';
import { unmapped, withoutZone } from '../flow/text/ip-address.js';

export interface BlockOptions {
  blockGlobal: boolean;
  blockPrivate: boolean;
}

/** Closes connections from blocked kinds of client addresses. Clients on this machine are never blocked. */
export class Block implements Addon {
  readonly name = 'block';
  private readonly kinds = new AddressKinds();

  constructor(private readonly options: BlockOptions) {}

  clientConnected(client: ClientConnection): void {
    const kind = this.kinds.of(client.peer?.[0] ?? '');
    const option =
      kind === 'global' && this.options.blockGlobal
        ? 'block_global'
        : kind === 'private' && this.options.blockPrivate
          ? 'block_private'
          : undefined;
    if (option) client.error = `Connection from ${formatAddress(client.peer)} closed: ${option} is set.`;
  }
}

/** Reachability of an address: this machine, a private network, the internet, or carrier-grade NAT. */
export type AddressKind = 'loopback' | 'private' | 'global' | 'shared';

/** IANA's special-purpose address registries (RFC 6890), without entries that lie inside another. */
const PRIVATE: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '240.0.0.0/4',
  '::/128',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  'fc00::/7',
  'fe80::/10',
];

/** Globally reachable entries inside those above. */
const GLOBAL: readonly string[] = [
  '192.0.0.9/32',
  '192.0.0.10/32',
  '2001:1::1/128',
  '2001:1::2/128',
  '2001:3::/32',
  '2001:4:112::/48',
  '2001:20::/28',
  '2001:30::/28',
];

/** Classifies addresses like Python's `ipaddress`, which mitmproxy uses. */
export class AddressKinds {
  private readonly loopback = listOf(['127.0.0.0/8', '::1/128']);
  /** Carrier-grade NAT (RFC 6598): neither private nor global. */
  private readonly shared = listOf(['100.64.0.0/10']);
  private readonly private = listOf(PRIVATE);
  private readonly global = listOf(GLOBAL);

  /** @param address as a socket reports it: it may have a zone or be IPv4-mapped */
  of(address: string): AddressKind {
    const bare = unmapped(withoutZone(address));
    const family = isIPv6(bare) ? 'ipv6' : 'ipv4';
    // A shortcut for most clients: `BlockList.check` creates an object for each address.
    if (bare.startsWith('127.')) return 'loopback';
    if (this.loopback.check(bare, family)) return 'loopback';
    if (this.shared.check(bare, family)) return 'shared';
    return this.private.check(bare, family) && !this.global.check(bare, family) ? 'private' : 'global';
  }
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network, bits] = range.split('/');
    list.addSubnet(network!, Number(bits), isIPv6(network!) ? 'ipv6' : 'ipv4');
  }
  return list;
}
