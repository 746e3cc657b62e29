import type { Body } from '../body/body.js';
import type { Form } from '../message/form.js';
import type { Multipart } from '../message/multipart.js';
import type { PairsInit } from '../message/pairs.js';
import { PathSegments } from '../message/path-segments.js';
import { Query } from '../message/query.js';
import { RequestCookies } from '../message/request-cookies.js';
import { asciiHost, hostFromWire } from '../text/host-name.js';
import { quote } from '../text/quote.js';
import { defaultPort, formatAuthority, formatHostPort, type HostPort, parseAuthority } from './authority.js';
import { Headers } from './headers.js';
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

  /**
   * A request that came from no client, to be sent by a flow. `Host` and `Content-Length` are added.
   * @param content bytes, or text in the charset of `Content-Type`, else UTF-8
   * @throws TypeError if the URL is not absolute, or a part cannot stand in a request
   * @example HttpRequest.make('POST', 'https://api.example/items', '{}', { 'Content-Type': 'application/json' });
   */
  static make(
    method: string,
    url: string | URL,
    content: Uint8Array | string = '',
    headers: Iterable<readonly [string, string]> | Record<string, string> = {},
  ): HttpRequest {
    const target = parseUrl(String(url));
    const fields = Headers.from(headers);
    const { scheme, host, port } = target;
    if (!fields.has('host')) fields.insert(0, 'Host', formatAuthority(host, port, scheme));
    const httpVersion = 'HTTP/1.1';
    const request = new HttpRequest({ method, ...target, authority: '', httpVersion, headers: fields });
    request.method = method;
    if (content.length > 0) request.body.set(content);
    request.body.complete = true;
    return request;
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

  get needsLength(): boolean {
    return this.httpVersion.startsWith('HTTP/1');
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
  /** The port, `Host` and the authority stay. @throws TypeError if it is none (RFC 3986 section 3.1) */
  set scheme(scheme: string) {
    if (!/^[a-z][a-z0-9+.-]*$/i.test(scheme)) throw new TypeError(`Not a scheme: ${quote(scheme)}`);
    this._scheme = scheme;
    this.startLineChanged = true;
  }

  /** Where the request goes: a name or an address without brackets. */
  get host(): string {
    return this._host;
  }
  /** `Host` and the authority follow. @param host perhaps in Unicode @throws TypeError if no host can have this name */
  set host(host: string) {
    this.moveTo(this._scheme, checkHost(host), this._port);
  }

  get port(): number {
    return this._port;
  }
  /** `Host` and the authority follow. @throws RangeError if it is not 0 to 65535 */
  set port(port: number) {
    if (!Number.isInteger(port) || port < 0 || port > 65535) throw new RangeError(`Not a port: ${port}`);
    this.moveTo(this._scheme, this._host, port);
  }

  /** The authority where the request has one of its own: CONNECT, absolute form, HTTP/2; else empty. */
  get authority(): string {
    return this._authority;
  }
  /** Where the request goes stays. @throws TypeError if it is none (RFC 3986 section 3.2) */
  set authority(authority: string) {
    if (authority !== '' && !parseAuthority(authority)) throw new TypeError(`Not an authority: ${quote(authority)}`);
    this._authority = authority;
    this.startLineChanged = true;
  }

  /** Path and query as sent, still encoded; `*` for a server-wide OPTIONS; empty for CONNECT. */
  get path(): string {
    return this._path;
  }
  /** @throws TypeError if it cannot stand in a request line */
  set path(path: string) {
    this._path = checkPath(path);
    this.startLineChanged = true;
  }

  /** The segments of the path, decoded, live; they are set by index. */
  get pathSegments(): PathSegments {
    return PathSegments.of(this);
  }
  set pathSegments(segments: Iterable<string>) {
    this.pathSegments.replace(segments);
  }

  /** The parameters of the query, decoded, live. */
  get query(): Query {
    return new Query(this);
  }
  set query(parameters: PairsInit) {
    this.query.replace(parameters);
  }

  /** The cookies that the client sends, live. */
  get cookies(): RequestCookies {
    return new RequestCookies(this.headers, this.httpVersion.startsWith('HTTP/1') ? 'Cookie' : 'cookie');
  }
  set cookies(cookies: PairsInit) {
    this.cookies.replace(cookies);
  }

  /**
   * The fields of an urlencoded form in the body, decoded, live.
   * @throws BodyPendingError, BodyMissingError, ContentCodingError
   */
  async form(): Promise<Form> {
    // Few programs need it: it is loaded with the first use.
    const { Form } = await import('../message/form.js');
    return Form.of(this);
  }

  /**
   * The parts of a multipart body, such as a form with files, live.
   * @throws BodyPendingError, BodyMissingError, ContentCodingError
   */
  async multipart(): Promise<Multipart> {
    const { Multipart } = await import('../message/multipart.js');
    return Multipart.of(this);
  }

  /**
   * The URL by destination; for CONNECT the authority. Setting it changes scheme, host, port and path; `Host` and the authority
   * follow.
   */
  get url(): string {
    if (this.method === 'CONNECT') return this.authority || formatHostPort(this.host, this.port);
    return `${this.scheme}://${formatAuthority(this.host, this.port, this.scheme)}${this.pathInUrl}`;
  }
  /** @throws TypeError if it is not an absolute URL */
  set url(url: string | URL) {
    const { scheme, host, port, path } = parseUrl(String(url));
    this.moveTo(scheme, host, port);
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

/** @throws TypeError if it is not an absolute URL that can be sent */
function parseUrl(url: string): { scheme: string; host: string; port: number; path: string } {
  const parsed = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^#]*)/i.exec(url);
  if (!parsed) throw new TypeError(`Not an absolute URL: ${quote(url)}`);
  const scheme = parsed[1]!.toLowerCase();
  const authority = parseAuthority(parsed[2]!);
  const port = authority?.port ?? defaultPort(scheme);
  if (!authority || port === undefined) throw new TypeError(`Not an absolute URL: ${quote(url)}`);
  const path = checkPath(parsed[3]!.startsWith('/') ? parsed[3]! : `/${parsed[3]}`);
  return { scheme, host: checkHost(authority.host), port, path };
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
