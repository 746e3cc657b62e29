import type { Via } from '../../../flow/connection.js';

/** An upstream proxy in mitmproxy's form, a server specification: scheme, host and port. */
export type ViaExtra = [scheme: string, address: [host: string, port: number]];

/** Whether mitmproxy supports the scheme of an upstream proxy. */
export function isMitmproxyVia({ scheme }: Via): boolean {
  return scheme === 'http' || scheme === 'https';
}

/** Encodes an upstream proxy in mitmproxy's form. */
export function encodeVia({ scheme, address }: Via): ViaExtra {
  return [scheme, [...address]];
}

/** @returns undefined if it is not a proxy, or its scheme is unknown */
export function decodeVia(value: unknown): Via | undefined {
  if (!isViaExtra(value)) return undefined;
  const [scheme, [host, port]] = value;
  if (scheme !== 'http' && scheme !== 'https' && scheme !== 'socks5') return undefined;
  return { scheme, address: [host, port] };
}

/** Whether a value has mitmproxy's form of an upstream proxy. */
export function isViaExtra(value: unknown): value is ViaExtra {
  if (!Array.isArray(value) || value.length !== 2 || typeof value[0] !== 'string') return false;
  const address: unknown = value[1];
  return Array.isArray(address) && typeof address[0] === 'string' && typeof address[1] === 'number';
}
