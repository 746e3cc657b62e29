import { BlockList, isIP } from 'node:net';
import { dnsHost, hostKey } from '../../../flow/text/host-name.js';

/** Hosts that bypass the upstream proxy. */
export class NoProxy {
  private readonly names: string[] = [];
  private readonly addresses = new BlockList();
  private everything = false;
  /** Entries with a port. */
  private readonly byPort = new Map<number, NoProxy>();

  /**
   * @param entries each one or several, separated by commas or blanks: `*`, a name (which includes all subdomains), an address,
   * or a network such as `10.0.0.0/8`. With `:PORT`, an entry applies to that port only.
   * @throws NoProxyError
   */
  constructor(entries: readonly string[]) {
    for (const entry of entries.flatMap((text) => text.split(/[\s,]+/)).filter((text) => text !== '')) this.add(entry);
  }

  matches(host: string, port: number): boolean {
    return this.matchesHost(host) || this.byPort.get(port)?.matchesHost(host) === true;
  }

  private matchesHost(host: string): boolean {
    if (this.everything) return true;
    const version = isIP(host);
    if (version) return this.addresses.check(host, version === 6 ? 'ipv6' : 'ipv4');
    const name = hostKey(host);
    return this.names.some((suffix) => name === suffix || name.endsWith(`.${suffix}`));
  }

  private add(entry: string): void {
    const [, host, digits] = isIP(entry) ? [] : (/^([^:]+|\[[^\]]*\]):(\d{1,5})$/.exec(entry) ?? []);
    if (digits !== undefined) this.addWithPort(entry, host!, Number(digits));
    else this.addHost(entry);
  }

  private addWithPort(entry: string, host: string, port: number): void {
    if (port > 65535) throw new NoProxyError(entry);
    const hosts = this.byPort.get(port) ?? new NoProxy([]);
    this.byPort.set(port, hosts);
    hosts.addHost(host);
  }

  private addHost(entry: string): void {
    if (entry === '*') {
      this.everything = true;
      return;
    }
    const [address = '', prefix] = entry.replace(/^\[([^\]]*)\]/, '$1').split('/');
    const version = isIP(address);
    if (version) this.addAddress(entry, address, version === 6 ? 'ipv6' : 'ipv4', prefix);
    else {
      const name = dnsHost(entry.replace(/^\*?\./, ''));
      if (name === undefined) throw new NoProxyError(entry);
      this.names.push(hostKey(name));
    }
  }

  private addAddress(entry: string, address: string, type: 'ipv4' | 'ipv6', prefix: string | undefined): void {
    const bits = type === 'ipv6' ? 128 : 32;
    if (prefix === undefined) this.addresses.addAddress(address, type);
    else if (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)
      this.addresses.addSubnet(address, Number(prefix), type);
    else throw new NoProxyError(entry);
  }
}

/** An invalid entry. */
export class NoProxyError extends Error {
  override name = 'NoProxyError';
  constructor(entry: string) {
    super(`${JSON.stringify(entry)} is not a name, an address, a network (10.0.0.0/8) or *, with or without :PORT`);
  }
}
