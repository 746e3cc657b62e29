import { parseModeSpec } from '../../../engine/listen/mode-spec.js';
import type { Address } from '../../../flow/connection.js';
import { formatHostPort } from '../../../flow/http/authority.js';
import type { Options } from '../../options/table/index.js';
import { UsageError } from '../../process/exit-error.js';

/** The proxy as programs see it. */
export interface ProxyAccess {
  /** Its address for programs on this machine. */
  readonly address: Address;
  /** Its URL as an HTTP proxy; undefined if it is a SOCKS proxy. */
  readonly http: string | undefined;
  /** Its URL for any protocol. */
  readonly all: string;
  /** Hosts that bypass the proxy, separated by commas. */
  readonly noProxy: string;
}

/**
 * Selects the first listener that is an HTTP proxy, or else the first SOCKS proxy.
 * @param addresses of the listeners, in the order of the modes
 * @returns undefined if programs cannot be configured to use any of the listeners
 */
export function proxyAccess(
  { mode, commandNoProxy, proxyauth }: Pick<Options, 'mode' | 'commandNoProxy' | 'proxyauth'>,
  addresses: readonly Address[],
): ProxyAccess | undefined {
  const names = mode.map((spec) => parseModeSpec(spec).mode);
  const http = names.findIndex((name) => name === 'regular' || name === 'upstream');
  const at = http >= 0 ? http : names.indexOf('socks5');
  const listener = addresses[at];
  if (!listener) return undefined;
  const address: Address = [reachable(listener[0]), listener[1]];
  const where = `${credentials(proxyauth)}${formatHostPort(...address)}`;
  const noProxy = commandNoProxy.join(',');
  if (http < 0) return { address, http: undefined, all: `socks5h://${where}`, noProxy };
  return { address, http: `http://${where}`, all: `http://${where}`, noProxy };
}

/** The address of all interfaces is replaced by one to which programs can connect. */
function reachable(host: string): string {
  if (host === '' || host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

/** @throws UsageError if the proxy requires a password that cannot be given to programs */
export function checkAccess({ proxyauth }: Pick<Options, 'proxyauth'>): void {
  if (proxyauth?.startsWith('@')) {
    throw new UsageError(
      'programs need a password for the proxy: write --proxyauth USER:PASSWORD instead of a file',
      'option-conflict',
    );
  }
}

function credentials(proxyauth: string | undefined): string {
  if (!proxyauth) return '';
  if (proxyauth === 'any') return 'tsdump:tsdump@';
  const colon = proxyauth.indexOf(':');
  return `${encodeURIComponent(proxyauth.slice(0, colon))}:${encodeURIComponent(proxyauth.slice(colon + 1))}@`;
}
