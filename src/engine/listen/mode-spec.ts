import { isIPv6 } from 'node:net';
import { parseAuthority } from '../../flow/http/authority.js';
import {
  HIDDEN_CREDENTIALS,
  listOf,
  parseServerSpec,
  type ServerSpec,
  type ServerSpecRules,
  SpecPartError,
} from './server-spec.js';

/** A proxy mode, by the name that its spec begins with. */
export type ModeName = 'regular' | 'upstream' | 'reverse' | 'socks5' | 'transparent';

/** A listener as `--mode` describes it: `MODE[:DATA][@[HOST:]PORT]`. */
export interface ModeSpec {
  /** As written, but without credentials. */
  text: string;
  mode: ModeName;
  /** The target of `reverse`, the proxy of `upstream`. */
  server: ServerSpec | undefined;
  /** Undefined if not given; empty for all addresses of this machine. */
  listenHost: string | undefined;
  listenPort: number | undefined;
  /** The port if neither the spec nor an option gives one. */
  defaultPort: number;
  /** For the log. */
  description: string;
}

/** An invalid mode spec; the message names the wrong part. */
export class ModeSpecError extends Error {
  override name = 'ModeSpecError';
}

interface ModeDefinition {
  defaultPort: number;
  description: string;
  /** Set if the mode needs a server. */
  server?: ServerSpecRules;
}

const MODES: Readonly<Record<ModeName, ModeDefinition>> = {
  regular: { defaultPort: 8080, description: 'HTTP(S) proxy' },
  upstream: {
    defaultPort: 8080,
    description: 'HTTP(S) proxy (upstream mode)',
    server: {
      schemes: { http: 80, https: 443, socks5: 1080, socks5h: 1080 },
      defaultScheme: 'http',
      credentials: true,
    },
  },
  reverse: {
    defaultPort: 8080,
    description: 'reverse proxy',
    server: {
      schemes: { http: 80, https: 443, tcp: undefined, tls: undefined },
      defaultScheme: 'https',
      unsupported: (scheme) =>
        UDP_TARGETS.has(scheme) ? 'not supported; expected http, https, tcp or tls' : undefined,
      credentials: false,
    },
  },
  socks5: { defaultPort: 1080, description: 'SOCKS v5 proxy' },
  transparent: { defaultPort: 8080, description: 'Transparent Proxy' },
};

const UDP_TARGETS = new Set(['http3', 'quic', 'udp', 'dtls', 'dns']);

/** Modes of mitmdump that tsdump does not support, with a hint for each. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  dns: 'not supported: tsdump answers no DNS queries',
  wireguard: 'not supported: tsdump is no WireGuard server; use the mode transparent for redirected connections',
  local: 'not supported: tsdump does not capture local programs; use the mode transparent with a firewall rule',
  osproxy: 'not supported: tsdump does not capture local programs; use the mode transparent with a firewall rule',
  tun: 'not supported: tsdump opens no network interface; use the mode transparent for redirected connections',
};

/** @throws ModeSpecError */
export function parseModeSpec(text: string): ModeSpec {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof SpecPartError)) throw error;
    const { part, at, message } = error;
    const where = part === text ? '' : `, column ${at + 1}: ${JSON.stringify(part)}`;
    throw new ModeSpecError(
      `Mode ${JSON.stringify(withoutCredentials(text, HIDDEN_CREDENTIALS))}${where}: ${message}.`,
    );
  }
}

function parse(text: string): ModeSpec {
  const name = modeName(text);
  const mode = name.toLowerCase();
  if (!isMode(mode))
    throw new SpecPartError(name, 0, ELSEWHERE[mode] ?? `no such mode; expected ${listOf(MODE_NAMES)}`);
  const { defaultPort, description, server: rules } = MODES[mode];
  const dataAt = name.length + 1;
  const hasData = text[name.length] === ':';
  const at = hasData ? listenerAt(text, dataAt, rules) : text.indexOf('@');
  const listen = at < 0 ? { listenHost: undefined, listenPort: undefined } : parseListen(text, at + 1);
  const data = hasData ? text.slice(dataAt, at < 0 ? undefined : at) : '';
  if (!rules) {
    if (hasData) throw new SpecPartError(`:${data}`, dataAt - 1, `the mode ${mode} takes nothing after a colon`);
    return { text, mode, server: undefined, ...listen, defaultPort, description };
  }
  if (data === '') throw new SpecPartError(text, 0, `expected a server, ${mode}:[SCHEME://]HOST[:PORT]`);
  const server = within(dataAt, () => parseServerSpec(data, rules));
  return {
    text: withoutCredentials(text),
    mode,
    server: server.scheme === 'socks5h' ? { ...server, scheme: 'socks5' } : server,
    ...listen,
    defaultPort,
    description: mode === 'reverse' ? `${description} to ${data}` : description,
  };
}

function modeName(text: string): string {
  return /^[^:@]*/.exec(text)![0];
}

/** The spec for display, valid or not. */
function withoutCredentials(text: string, instead = ''): string {
  const name = modeName(text);
  const mode = name.toLowerCase();
  const dataAt = name.length + 1;
  const rules = (isMode(mode) ? MODES[mode].server : undefined) ?? MODES.upstream.server;
  const at = listenerAt(text, dataAt, rules);
  const end = at < 0 ? text.length : at;
  return `${text.slice(0, dataAt)}${text.slice(dataAt, end).replace(/^([^/@]*\/\/)?.*@/s, `$1${instead}`)}${text.slice(end)}`;
}

/**
 * Offset of the `@` before the listening address: the last one, unless that can only follow a password.
 * @param dataAt offset of the server
 */
function listenerAt(text: string, dataAt: number, rules: ServerSpecRules | undefined): number {
  const last = text.lastIndexOf('@');
  if (last < 0 || !rules) return last;
  const data = text.slice(dataAt, last);
  const listen = text.slice(last + 1);
  const isListener = parseListenPart(listen) !== undefined;
  // A listening address needs a server before it: `http://user:secret@proxy:3128` has no listening address.
  if (isServer(data, rules)) return isListener || !rules.credentials ? last : -1;
  // Otherwise guess the meaning of an invalid spec.
  const isPort = /^\d+$/.test(listen);
  const isBehindServer = data.includes('@') ? isPort || /:\d+$/.test(data) : isPort && !rules.credentials;
  return isListener && isBehindServer ? last : -1;
}

function isServer(data: string, rules: ServerSpecRules): boolean {
  try {
    parseServerSpec(data, rules);
    return true;
  } catch {
    return false;
  }
}

interface Listen {
  listenHost: string | undefined;
  listenPort: number;
}

function parseListen(text: string, at: number): Listen {
  const part = text.slice(at);
  const parsed = parseListenPart(part);
  if (!parsed) throw new SpecPartError(part, at, 'expected [HOST:]PORT after the @, with a port from 0 to 65535');
  return parsed;
}

/** The port follows the last colon, so an IPv6 address needs no brackets. */
function parseListenPart(part: string): Listen | undefined {
  const [, host, digits] = /^(?:(.*):)?(\d{1,5})$/s.exec(part) ?? [];
  if (digits === undefined || Number(digits) > 65535) return undefined;
  const listenPort = Number(digits);
  if (!host || isIPv6(host)) return { listenHost: host, listenPort };
  const parsed = parseAuthority(host);
  return parsed && parsed.port === undefined ? { listenHost: parsed.host, listenPort } : undefined;
}

function within<Result>(offset: number, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof SpecPartError) throw new SpecPartError(error.part, error.at + offset, error.message);
    throw error;
  }
}

const MODE_NAMES = Object.keys(MODES) as ModeName[];

function isMode(name: string): name is ModeName {
  return Object.hasOwn(MODES, name);
}
