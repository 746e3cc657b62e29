import { isIPv6 } from 'node:net';
import type { Credentials } from '../../flow/hooks/hooks.js';
import { parseAuthority } from '../../flow/http/authority.js';
import { dnsHost } from '../../flow/text/host-name.js';
import { parseCredentials } from '../client/basic-auth.js';

/** A server in a mode spec: `[SCHEME://][USER:PASSWORD@]HOST[:PORT][/]`. */
export interface ServerSpec {
  scheme: string;
  host: string;
  port: number;
  credentials: Credentials | undefined;
}

/** An invalid part of a spec; `at` is its offset in the given text. */
export class SpecPartError extends Error {
  override name = 'SpecPartError';
  constructor(
    readonly part: string,
    readonly at: number,
    message: string,
  ) {
    super(message);
  }
}

export interface ServerSpecRules {
  /** The supported schemes, each with its default port; undefined if a port is required. */
  schemes: Readonly<Record<string, number | undefined>>;
  defaultScheme: string;
  /** Explains why a scheme of mitmdump is not supported. */
  unsupported?: (scheme: string) => string | undefined;
  /** Whether credentials may precede the host. */
  credentials: boolean;
}

/** @throws SpecPartError */
export function parseServerSpec(text: string, rules: ServerSpecRules): ServerSpec {
  const [, prefix = '', rest] = /^(?:([^:/@]*):\/\/)?(.*)$/s.exec(text) as unknown as [string, string?, string?];
  const hasScheme = rest !== text;
  const scheme = hasScheme ? prefix.toLowerCase() : rules.defaultScheme;
  if (!(scheme in rules.schemes)) {
    const expected = `expected ${listOf(Object.keys(rules.schemes))}`;
    throw new SpecPartError(prefix, 0, rules.unsupported?.(scheme) ?? `no such scheme; ${expected}`);
  }
  const restAt = text.length - rest!.length;
  const at = rest!.lastIndexOf('@');
  const credentials = at < 0 ? undefined : decodeCredentials(rest!.slice(0, at));
  if (at >= 0 && !rules.credentials) {
    throw new SpecPartError(HIDDEN_CREDENTIALS, restAt, 'credentials are not allowed here');
  }
  const authorityAt = restAt + at + 1;
  const authority = text.slice(authorityAt);
  const bare = authority.endsWith('/') ? authority.slice(0, -1) : authority;
  const slash = bare.indexOf('/');
  if (slash >= 0) throw new SpecPartError(authority.slice(slash), authorityAt + slash, 'a path is not allowed');
  if (bare === '') throw new SpecPartError(text, 0, `expected a server, ${FORM}`);
  const where = parseAuthority(bare);
  const host = where && dnsHost(where.host);
  // A bare number is a port without its host.
  if (host === undefined || isIPv6(bare) || /^\d+$/.test(host)) throw badAuthority(bare, authorityAt);
  // RFC 3986 allows an empty port; here it is mostly an unset variable.
  if (bare.endsWith(':')) throw new SpecPartError(bare, authorityAt, 'a port is missing after the colon');
  const port = where!.port ?? rules.schemes[scheme];
  if (port === undefined) throw new SpecPartError(bare, authorityAt, `${scheme} needs a port`);
  if (port === 0) throw new SpecPartError('0', authorityAt + bare.length - 1, `not a port from 1 to 65535`);
  return { scheme, host, port, credentials };
}

function badAuthority(text: string, at: number): SpecPartError {
  // The end of a bare IPv6 address cannot be told from a port.
  if (isIPv6(text)) return new SpecPartError(text, at, 'an IPv6 address needs brackets: [ADDRESS]:PORT');
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon);
  const isHost = /^\[.*\]$/.test(host) || !host.includes(':');
  if (colon > 0 && isHost && parseAuthority(host) && !parseAuthority(text)) {
    return new SpecPartError(text.slice(colon + 1), at + colon + 1, 'not a port from 1 to 65535');
  }
  return new SpecPartError(text, at, `not a host, address or [IPv6 address], with an optional port`);
}

/** Credentials may be percent-encoded. */
function decodeCredentials(text: string): Credentials {
  const { username, password } = parseCredentials(text);
  return { username: decode(username), password: decode(password) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Lists words for a message: `a, b or c`. */
export function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** Replaces credentials in messages. */
export const HIDDEN_CREDENTIALS = '***@';

const FORM = '[SCHEME://]HOST[:PORT]';
