import type { Body } from '../body/body.js';
import { asciiHost, hostFromWire } from '../text/host-name.js';
import { quote } from '../text/quote.js';
import { defaultPort, formatAuthority, formatHostPort, type HostPort, parseAuthority } from './authority.js';
import type { Headers } from './headers.js';
import { HttpMessage } from './http-message.js';
import { isToken } from './token.js';

/** What a request is made of. */
export interface RequestParts {
  method: string;
  scheme: string;
  host: string;
  port: number;
  /** The authority where the request had one of its own: CONNECT, absolute form, HTTP/2; else empty. */
  authority: string;
  /** Path and query as sent; `*` for a server-wide OPTIONS; empty for CONNECT. */
  path: string;
  httpVersion: string;
  headers: Headers;
  body?: Body;
}

/** A request as the client sent it, or as addons changed it (RFC 9110 section 3.4). Text is latin1: one character is one byte. */
export class HttpRequest extends HttpMessage {
  private _method: string;
  private _scheme: string;
  private _host: string;
  private _port: number;
  private _authority: string;
  private _path: string;

  constructor(parts: RequestParts) {
    super(parts.httpVersion, parts.headers, parts.body);
    this._method = parts.method;
    this._scheme = parts.scheme;
    this._host = parts.host;
    this._port = parts.port;
    this._authority = parts.authority;
    this._path = parts.path;
  }

  /** A copy that can be changed and sent on its own. It shares the bytes of the body, and releases its share. */
  clone(): HttpRequest {
    const { method, scheme, host, port, authority, path, httpVersion } = this;
    const headers = this.headers.clone();
    const body = this.body.clone(headers);
    const copy = new HttpRequest({ method, scheme, host, port, authority, path, httpVersion, headers, body });
    this.copyTo(copy);
    return copy;
  }

  get method(): string {
    return this._method;
  }
  /** @throws TypeError if it is no token (RFC 9110 section 5.6.2) */
  set method(method: string) {
    if (!isToken(method)) throw new TypeError(`Not a method: ${quote(method)}`);
    this._method = method;
    this.startLineChanged = true;
  }

  get scheme(): string {
    return this._scheme;
  }
  set scheme(scheme: string) {
    this._scheme = scheme;
    this.startLineChanged = true;
  }

  /** Where the request goes: a name or an address without brackets. */
  get host(): string {
    return this._host;
  }
  /** @param host perhaps in Unicode @throws TypeError if no host can have this name */
  set host(host: string) {
    this.moveTo(this._scheme, checkHost(host), this._port);
  }

  get port(): number {
    return this._port;
  }
  set port(port: number) {
    this.moveTo(this._scheme, this._host, port);
  }

  get authority(): string {
    return this._authority;
  }

  get path(): string {
    return this._path;
  }
  /** @throws TypeError if it cannot stand in a request line */
  set path(path: string) {
    this._path = checkPath(path);
    this.startLineChanged = true;
  }

  /** The URL by destination; for CONNECT the authority. Setting it changes scheme, host, port, path and `Host`. */
  get url(): string {
    if (this.method === 'CONNECT') return this.authority || formatHostPort(this.host, this.port);
    return `${this.scheme}://${formatAuthority(this.host, this.port, this.scheme)}${this.pathInUrl}`;
  }
  /** @throws TypeError if it is not an absolute URL */
  set url(url: string) {
    const parsed = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^#]*)/i.exec(url);
    if (!parsed) throw new TypeError(`Not an absolute URL: ${quote(url)}`);
    const scheme = parsed[1]!.toLowerCase();
    const authority = parseAuthority(parsed[2]!);
    const port = authority?.port ?? defaultPort(scheme);
    if (!authority || port === undefined) throw new TypeError(`Not an absolute URL: ${quote(url)}`);
    const path = checkPath(parsed[3]!.startsWith('/') ? parsed[3]! : `/${parsed[3]}`);
    this.moveTo(scheme, checkHost(authority.host), port);
    this._path = path;
  }

  /** The host that the client asked for: of `Host` or `:authority`, else the destination's. */
  get prettyHost(): string {
    return this.namedAuthority?.host || this.host;
  }

  /** The URL with the host that the client asked for. */
  get prettyUrl(): string {
    if (this.method === 'CONNECT') return this.url;
    return `${this.scheme}://${this.prettyAuthority}${this.pathInUrl}`;
  }

  /** The host that the client asked for, and the port unless it is the scheme's own. */
  get prettyAuthority(): string {
    const named = this.namedAuthority;
    if (!named?.host) return formatAuthority(this.host, this.port, this.scheme);
    return formatAuthority(named.host, named.port ?? defaultPort(this.scheme) ?? 443, this.scheme);
  }

  private get pathInUrl(): string {
    return this.path === '*' ? '' : this.path;
  }

  private get namedAuthority(): HostPort | undefined {
    const text = (this.httpVersion.startsWith('HTTP/1') ? undefined : this.authority) || this.headers.get('host') || '';
    const named = parseAuthority(text);
    return named && { host: hostFromWire(named.host) ?? named.host, port: named.port };
  }

  /** Another destination: `Host` and the authority follow, where the request has them. */
  private moveTo(scheme: string, host: string, port: number): void {
    this._scheme = scheme;
    this._host = host;
    this._port = port;
    this.startLineChanged = true;
    const authority = formatAuthority(host, port, scheme);
    if (this.headers.has('host')) this.headers.set('host', authority);
    if (this._authority) this._authority = authority;
  }
}

function checkHost(host: string): string {
  const name = asciiHost(host);
  if (name === undefined) throw new TypeError(`Not a host: ${JSON.stringify(host)}`);
  return name;
}

/** A character beyond one byte would be cut to its low byte on the wire, and could be the end of the line then. */
function checkPath(path: string): string {
  if (/^[\x21-\x7e\x80-\xff]+$/.test(path)) return path;
  throw new TypeError(`Not a path: ${quote(path)}; what is not ASCII, and spaces, have to be percent-encoded`);
}
