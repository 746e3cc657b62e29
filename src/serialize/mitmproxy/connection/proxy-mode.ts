import { isIP } from 'node:net';

const BARE = new Set(['regular', 'transparent', 'socks5', 'dns']);
const FREE = new Set(['wireguard', 'local', 'tun']);
const DEFAULT_PORTS = new Set(['http', 'https', 'quic', 'http3', 'dns']);
const SCHEMES = new Set([...DEFAULT_PORTS, 'tls', 'dtls', 'tcp', 'udp']);

/**
 * Whether mitmproxy can parse a mode, `MODE[:DATA][@[HOST:]PORT]`. It rejects a whole file because of an invalid one.
 */
export function isMitmproxyMode(spec: string): boolean {
  const cut = spec.lastIndexOf('@');
  const head = cut > 0 ? spec.slice(0, cut) : spec;
  if (cut === 0 || (cut > 0 && cut < spec.length - 1 && !isPort(spec.slice(cut + 1).replace(/^.*:/s, ''))))
    return false;
  const colon = head.indexOf(':');
  const mode = (colon < 0 ? head : head.slice(0, colon)).toLowerCase();
  const data = colon < 0 ? '' : head.slice(colon + 1);
  if (BARE.has(mode)) return data === '';
  if (FREE.has(mode)) return true;
  if (mode === 'upstream') return isServer(data, 'http', new Set(['http', 'https']));
  return mode === 'reverse' && isServer(data, 'https', SCHEMES);
}

/** Matches `[SCHEME://]HOST[:PORT][/]`. */
function isServer(text: string, defaultScheme: string, schemes: ReadonlySet<string>): boolean {
  const found = /^(?:(\w+):\/\/)?([^:/]+|\[.+\])(?::(\d+))?\/?$/.exec(text);
  if (!found) return false;
  const [, scheme = defaultScheme, host, port] = found;
  if (!schemes.has(scheme) || !isHost(host!.replace(/^\[(.*)\]$/, '$1'))) return false;
  return port === undefined ? DEFAULT_PORTS.has(scheme) : isPort(port);
}

function isHost(host: string): boolean {
  if (isIP(host)) return true;
  return (
    host.length <= 255 && /^(?:[a-z\d_](?:[\w-]{0,61}[a-z\d_])?\.)*[a-z\d_](?:[\w-]{0,61}[a-z\d_])?\.?$/i.test(host)
  );
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}
