import { defaultPort, formatAuthority, formatHostPort, parseAuthority } from './authority.js';
import { Body } from './body.js';
import { Headers } from './headers.js';

/** What requests and responses share. Setters mark what was changed; the unchanged goes on as its bytes. */
abstract class HttpMessage {
  readonly body: Body;
  /** Trailer fields (RFC 9110 section 6.5), undefined if there were none. */
  trailers: Headers | undefined;
  /** When the first byte came, in seconds since the epoch. */
  timestampStart = 0;
  /** When the last byte came; undefined while it has not. */
  timestampEnd: number | undefined;
  protected lineChanged = false;

  protected constructor(
    /** `HTTP/1.1` as on the wire, `HTTP/2.0`, `HTTP/3`. */
    readonly httpVersion: string,
    readonly headers: Headers,
    body: Body | undefined,
  ) {
    this.body = body ?? new Body(headers);
  }

  /** True once request or status line or the headers were altered. */
  get headChanged(): boolean {
    return this.lineChanged || this.headers.changed;
  }

  /** True once anything was altered. */
  get changed(): boolean {
    return this.headChanged || this.body.changed || this.trailers?.changed === true;
  }
}

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

  get method(): string {
    return this._method;
  }
  /** @throws TypeError if it is no token (RFC 9110 section 5.6.2) */
  set method(method: string) {
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method)) throw new TypeError(`Not a method: ${JSON.stringify(method)}`);
    this._method = method;
    this.lineChanged = true;
  }

  get scheme(): string {
    return this._scheme;
  }
  set scheme(scheme: string) {
    this._scheme = scheme;
    this.lineChanged = true;
  }

  /** Where the request goes: a name or an address without brackets. */
  get host(): string {
    return this._host;
  }
  set host(host: string) {
    this.moveTo(this._scheme, host, this._port);
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
    this.lineChanged = true;
  }

  /** The URL by destination; for CONNECT the authority. Setting it changes scheme, host, port, path and `Host`. */
  get url(): string {
    if (this.method === 'CONNECT') return this.authority || formatHostPort(this.host, this.port);
    return `${this.scheme}://${formatAuthority(this.host, this.port, this.scheme)}${this.pathInUrl}`;
  }
  /** @throws TypeError if it is not an absolute URL */
  set url(url: string) {
    const parsed = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^#]*)/i.exec(url);
    if (!parsed) throw new TypeError(`Not an absolute URL: ${url}`);
    const scheme = parsed[1]!.toLowerCase();
    const authority = parseAuthority(parsed[2]!);
    const port = authority?.port ?? defaultPort(scheme);
    if (!authority || port === undefined) throw new TypeError(`Not an absolute URL: ${url}`);
    this._path = checkPath(parsed[3]!.startsWith('/') ? parsed[3]! : `/${parsed[3]}`);
    this.moveTo(scheme, authority.host, port);
  }

  /** The host that the client asked for: of `Host` or `:authority`, else the destination's. */
  get prettyHost(): string {
    return parseAuthority(this.hostHeader)?.host || this.host;
  }

  /** The URL with the host that the client asked for. */
  get prettyUrl(): string {
    if (this.method === 'CONNECT') return this.url;
    return `${this.scheme}://${this.prettyAuthority}${this.pathInUrl}`;
  }

  /** The host that the client asked for, and the port unless it is the scheme's own. */
  get prettyAuthority(): string {
    const named = parseAuthority(this.hostHeader);
    if (!named?.host) return formatAuthority(this.host, this.port, this.scheme);
    return formatAuthority(named.host, named.port ?? defaultPort(this.scheme) ?? 443, this.scheme);
  }

  private get pathInUrl(): string {
    return this.path === '*' ? '' : this.path;
  }

  private get hostHeader(): string {
    return (this.httpVersion.startsWith('HTTP/1') ? undefined : this.authority) || this.headers.get('host') || '';
  }

  /** Another destination: `Host` and the authority follow, where the request has them. */
  private moveTo(scheme: string, host: string, port: number): void {
    this._scheme = scheme;
    this._host = host;
    this._port = port;
    this.lineChanged = true;
    const authority = formatAuthority(host, port, scheme);
    if (this.headers.has('host')) this.headers.set('host', authority);
    if (this._authority) this._authority = authority;
  }
}

export interface ResponseParts {
  statusCode: number;
  /** Reason phrase as sent; empty in HTTP/2. */
  reason: string;
  httpVersion: string;
  headers: Headers;
  body?: Body;
}

export class HttpResponse extends HttpMessage {
  private _statusCode: number;
  private _reason: string;

  constructor(parts: ResponseParts) {
    super(parts.httpVersion, parts.headers, parts.body);
    this._statusCode = parts.statusCode;
    this._reason = parts.reason;
  }

  /** A response for an addon that answers itself. `Content-Length` is added. */
  static make(
    statusCode: number,
    content: Buffer | string = '',
    headers: Record<string, string> = {},
    reason = REASONS[statusCode] ?? '',
  ): HttpResponse {
    const response = new HttpResponse({ statusCode, reason, httpVersion: 'HTTP/1.1', headers: Headers.from(headers) });
    response.body.set(content);
    if (statusCode >= 200 && statusCode !== 204 && statusCode !== 304) {
      response.headers.set('Content-Length', String(response.body.size));
    }
    return response;
  }

  get statusCode(): number {
    return this._statusCode;
  }
  /** The reason phrase follows. @throws RangeError if it has not three digits */
  set statusCode(statusCode: number) {
    if (!Number.isInteger(statusCode) || statusCode < 100 || statusCode > 999) {
      throw new RangeError(`Not a status code: ${statusCode}`);
    }
    this._statusCode = statusCode;
    this.reason = REASONS[statusCode] ?? '';
  }

  /** Whether it is an event stream (WHATWG HTML, server-sent events), which has no end that could be waited for. */
  get isEventStream(): boolean {
    return /^\s*text\/event-stream\b/i.test(this.headers.get('content-type') ?? '');
  }

  get reason(): string {
    return this._reason;
  }
  /** @throws TypeError if it cannot stand in a status line */
  set reason(reason: string) {
    if (/[^\t\x20-\x7e\x80-\xff]/.test(reason)) throw new TypeError(`Not a reason phrase: ${JSON.stringify(reason)}`);
    this._reason = reason;
    this.lineChanged = true;
  }
}

/** A character beyond one byte would be cut to its low byte on the wire, and could be the end of the line then. */
function checkPath(path: string): string {
  if (/^[\x21-\x7e\x80-\xff]+$/.test(path)) return path;
  throw new TypeError(`Not a path: ${JSON.stringify(path)}; what is not ASCII, and spaces, have to be percent-encoded`);
}

/** Reason phrases of the IANA registry of status codes, for answers that have none of their own. */
export const REASONS: Readonly<Record<number, string>> = {
  100: 'Continue',
  101: 'Switching Protocols',
  102: 'Processing',
  103: 'Early Hints',
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  203: 'Non-Authoritative Information',
  204: 'No Content',
  205: 'Reset Content',
  206: 'Partial Content',
  207: 'Multi-Status',
  208: 'Already Reported',
  226: 'IM Used',
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  305: 'Use Proxy',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  418: "I'm a teapot",
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  423: 'Locked',
  424: 'Failed Dependency',
  425: 'Too Early',
  426: 'Upgrade Required',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  451: 'Unavailable For Legal Reasons',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
  506: 'Variant Also Negotiates',
  507: 'Insufficient Storage',
  508: 'Loop Detected',
  510: 'Not Extended',
  511: 'Network Authentication Required',
};
