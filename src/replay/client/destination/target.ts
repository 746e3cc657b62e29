import { defaultPort, parseAuthority } from '../../../flow/http/authority.js';
import { asciiHost, dnsHost, hostKey } from '../../../flow/text/host-name.js';

/** A target is a server that receives recorded requests instead of the recorded server. */
export interface ReplayTarget {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** Prepended to the path of each request. Either empty, or with a leading slash and no trailing slash. */
  readonly prefix: string;
}

/** Maps a recorded server to a target. */
export interface TargetMapping {
  readonly host: string;
  /** Undefined for any port. */
  readonly port: number | undefined;
  readonly to: ReplayTarget;
}

/** The text is not a target or a mapping; the message describes the expected syntax. */
export class TargetError extends Error {
  override name = 'TargetError';
}

/** Parses `https://staging.example:8443/prefix`. @throws TargetError */
export function parseTarget(text: string): ReplayTarget {
  const [, scheme, authority, path = ''] = /^(https?):\/\/([^/?#]*)(\/[^?#]*)?$/i.exec(text) ?? [];
  if (scheme === undefined) throw new TargetError(EXPECTED);
  if (authority!.includes('@')) throw new TargetError(`${EXPECTED}; it must not contain a user name or a password`);
  const named = parseAuthority(authority!);
  const host = named && dnsHost(named.host);
  if (host === undefined) throw new TargetError(EXPECTED);
  if (named!.port === 0) throw new TargetError('the port must be from 1 to 65535');
  if (!/^[\x21-\x7e]*$/.test(path)) throw new TargetError('the path of the URL must be percent-encoded');
  const lower = scheme.toLowerCase() as ReplayTarget['scheme'];
  return { scheme: lower, host, port: named!.port ?? defaultPort(lower)!, prefix: withoutFinalSlashes(path) };
}

/** Parses `HOST[:PORT]=URL`. @throws TargetError */
export function parseMapping(text: string): TargetMapping {
  const equals = text.indexOf('=');
  const from = parseAuthority(text.slice(0, Math.max(0, equals)));
  // A host that was recorded need not be a name that DNS can look up.
  const host = from && asciiHost(from.host);
  if (host === undefined) throw new TargetError('expected HOST=URL or HOST:PORT=URL');
  return { host: hostKey(host), port: from!.port, to: parseTarget(text.slice(equals + 1)) };
}

function withoutFinalSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end--;
  return path.slice(0, end);
}

const EXPECTED = 'expected an http or https URL with a host, such as https://staging.example, and no query';
