import type { Body } from '../body/body.js';
import { copyVia, isVia, type Via } from '../connection.js';
import type { Form } from '../message/form.js';
import type { Multipart } from '../message/multipart.js';
import type { PairsInit } from '../message/pairs.js';
import { PathSegments } from '../message/path-segments.js';
import { Query } from '../message/query.js';
import { RequestCookies } from '../message/request-cookies.js';
import { hostFromWire } from '../text/host-name.js';
import { quote } from '../text/quote.js';
import type { UnreadText } from '../text/unread-text.js';
import { defaultPort, formatAuthority, formatHostPort, type HostPort, parseAuthority } from './authority.js';
import { Headers } from './headers.js';
import { HttpMessage } from './http-message.js';
import { checkHost, checkPath, parseUrl } from './request-url.js';
import { isToken } from './token.js';

/** The parts of a request. */
export interface RequestParts {
  method: string;
  scheme: string;
  host: string;
  port: number;
  /** The authority of the request target (CONNECT, absolute form) or `:authority` (HTTP/2); else empty. */
  authority: string;
  /** Path and query as sent; `*` for a server-wide OPTIONS; empty for CONNECT. */
  path: string | UnreadText;
  httpVersion: string;
  headers: Headers;
  body?: Body;
}

/**
 * A request as the client sent it, with the changes of addons (RFC 9110 section 3.4). Method, path and headers are latin1
 * text: one character is one byte.
 */
export class HttpRequest extends HttpMessage {
  /** `:protocol` of an extended CONNECT (RFC 8441), such as `websocket`; otherwise undefined. */
  protocol: string | undefined;
  private _method: string;
  private _scheme: string;
  private _host: string;
  private _port: number;
  private _authority: string;
  private _path: string | UnreadText;
  private _via: Via | undefined;

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
   * Creates a request that no client has sent. `Host` and `Content-Length` are added.
   * @param content decoded bytes, or text, which is encoded in the charset of `Content-Type`, else UTF-8
   * @throws TypeError if the URL is not absolute, or a part is not valid in a request
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

  /** A copy that can be changed and sent independently. It shares the bytes of the body; release the body of the copy as well. */
  clone(): HttpRequest {
    const { method, scheme, host, port, authority, path, httpVersion } = this;
    const headers = this.headers.clone();
    const body = this.body.clone(headers);
    const copy = new HttpRequest({ method, scheme, host, port, authority, path, httpVersion, headers, body });
    copy.protocol = this.protocol;
    copy._via = this._via;
    this.copyTo(copy);
    return copy;
  }

  get needsLength(): boolean {
    return this.httpVersion.startsWith('HTTP/1');
  }

  get method(): string {
    return this._method;
  }
  /** @throws TypeError if it is not a token (RFC 9110 section 5.6.2) */
  set method(method: string) {
    if (typeof method !== 'string' || !isToken(method)) throw new TypeError(`Not a method: ${quote(String(method))}`);
    this._method = method;
    this.startLineChanged = true;
  }

  /**
   * The upstream proxy through which the request is sent, instead of that of the mode. A hook of the request may set it; in
   * `httpConnect` it is for all requests in the tunnel. Not recorded: `via` of the flow's server is the proxy that was used.
   */
  get via(): Via | undefined {
    return this._via;
  }
  /** @throws TypeError if it is not an upstream proxy */
  set via(via: Via | undefined) {
    if (via !== undefined && !isVia(via))
      throw new TypeError('Not an upstream proxy: expected { scheme, address: [host, port] }');
    this._via = via && copyVia(via);
  }

  get scheme(): string {
    return this._scheme;
  }
  /** Port, `Host` and authority stay as they are. @throws TypeError if it is not a scheme (RFC 3986 section 3.1) */
  set scheme(scheme: string) {
    if (typeof scheme !== 'string' || !/^[a-z][a-z0-9+.-]*$/i.test(scheme))
      throw new TypeError(`Not a scheme: ${quote(String(scheme))}`);
    this._scheme = scheme;
    this.startLineChanged = true;
  }

  /** The host that the request is sent to: a name, or an address without brackets. */
  get host(): string {
    return this._host;
  }
  /** `Host` and authority are updated. @param host may be Unicode @throws TypeError if it is not a valid host */
  set host(host: string) {
    this.moveTo(this._scheme, checkHost(host), this._port);
  }

  get port(): number {
    return this._port;
  }
  /** `Host` and authority are updated. @throws RangeError if it is not an integer from 0 to 65535 */
  set port(port: number) {
    if (!Number.isInteger(port) || port < 0 || port > 65535) throw new RangeError(`Not a port: ${port}`);
    this.moveTo(this._scheme, this._host, port);
  }

  /** The authority of the request target (CONNECT, absolute form) or `:authority` (HTTP/2); else empty. */
  get authority(): string {
    return this._authority;
  }
  /** Does not change `host` and `port`. @throws TypeError if it is not an authority (RFC 3986 section 3.2) */
  set authority(authority: string) {
    if (authority !== '' && !parseAuthority(authority)) throw new TypeError(`Not an authority: ${quote(authority)}`);
    this._authority = authority;
    this.startLineChanged = true;
  }

  /** Path and query as sent, still encoded; `*` for a server-wide OPTIONS; empty for CONNECT. */
  get path(): string {
    if (typeof this._path !== 'string') this._path = this._path.toString();
    return this._path;
  }
  /** @throws TypeError if it is not valid in a request line */
  set path(path: string) {
    this._path = checkPath(path);
    this.startLineChanged = true;
  }

  /** A live view of the decoded segments of the path, read and set by index. */
  get pathSegments(): PathSegments {
    return PathSegments.of(this);
  }
  set pathSegments(segments: Iterable<string>) {
    this.pathSegments.replace(segments);
  }

  /** A live view of the decoded query parameters. */
  get query(): Query {
    return new Query(this);
  }
  set query(parameters: PairsInit) {
    this.query.replace(parameters);
  }

  /** A live view of the cookies in `Cookie`. */
  get cookies(): RequestCookies {
    return new RequestCookies(this.headers, this.httpVersion.startsWith('HTTP/1') ? 'Cookie' : 'cookie');
  }
  set cookies(cookies: PairsInit) {
    this.cookies.replace(cookies);
  }

  /**
   * A live view of the decoded fields of an urlencoded form in the body.
   * @throws BodyPendingError, BodyMissingError, ContentCodingError
   */
  async form(): Promise<Form> {
    // Loaded on first use, because few programs need it.
    const { Form } = await import('../message/form.js');
    return Form.of(this);
  }

  /**
   * A live view of the parts of a multipart body, such as a form with files.
   * @throws BodyPendingError, BodyMissingError, ContentCodingError
   */
  async multipart(): Promise<Multipart> {
    const { Multipart } = await import('../message/multipart.js');
    return Multipart.of(this);
  }

  /**
   * The URL that the request is sent to; for CONNECT the authority. Setting it changes scheme, host, port and path, and
   * updates `Host` and authority.
   */
  get url(): string {
    if (this.isConnect) return this.authority || formatHostPort(this.host, this.port);
    return `${this.scheme}://${formatAuthority(this.host, this.port, this.scheme)}${this.pathInUrl}`;
  }
  /** @throws TypeError if it is not an absolute URL */
  set url(url: string | URL) {
    const { scheme, host, port, path } = parseUrl(String(url));
    this.moveTo(scheme, host, port);
    this._path = path;
  }

  /** The host that the client named in `Host` or `:authority`, else `host`. */
  get prettyHost(): string {
    return this.namedAuthority?.host || this.host;
  }

  /** The URL with `prettyHost`. */
  get prettyUrl(): string {
    if (this.isConnect) return this.url;
    return `${this.scheme}://${this.prettyAuthority}${this.pathInUrl}`;
  }

  /** The host that the client named, with the port unless it is the default of the scheme. */
  get prettyAuthority(): string {
    const named = this.namedAuthority;
    if (!named?.host) return formatAuthority(this.host, this.port, this.scheme);
    return formatAuthority(named.host, named.port ?? defaultPort(this.scheme) ?? 443, this.scheme);
  }

  /** An extended CONNECT has a URL like other requests (RFC 8441 section 4). */
  private get isConnect(): boolean {
    return this.method === 'CONNECT' && this.protocol === undefined;
  }

  private get pathInUrl(): string {
    return this.path === '*' ? '' : this.path;
  }

  private get namedAuthority(): HostPort | undefined {
    const text = (this.httpVersion.startsWith('HTTP/1') ? undefined : this.authority) || this.headers.get('host') || '';
    const named = parseAuthority(text);
    return named && { host: hostFromWire(named.host) ?? named.host, port: named.port };
  }

  /**
   * Changes the destination at once, and updates `Host` and authority if the request has them.
   * @param host a valid name in ASCII, or an address without brackets
   */
  moveTo(scheme: string, host: string, port: number): void {
    this._scheme = scheme;
    this._host = host;
    this._port = port;
    this.startLineChanged = true;
    const authority = formatAuthority(host, port, scheme);
    if (this.headers.has('host')) this.headers.set('host', authority);
    if (this._authority) this._authority = authority;
  }
}
