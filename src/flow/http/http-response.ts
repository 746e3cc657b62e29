import { type Body, toJson } from '../body/body.js';
import type { EventMarks } from '../body/event-marks.js';
import { ResponseCookies } from '../message/response-cookies.js';
import { percentEncode } from '../text/percent.js';
import { quote } from '../text/quote.js';
import type { Delivery } from './delivery.js';
import { Headers } from './headers.js';
import { HttpMessage } from './http-message.js';
import { REASONS } from './reason-phrases.js';

/** The parts of a response. */
export interface ResponseParts {
  statusCode: number;
  /** Reason phrase as sent; empty in HTTP/2. */
  reason: string;
  httpVersion: string;
  headers: Headers;
  body?: Body;
}

/** The final response to a request, from the server or from an addon (RFC 9110 section 3.4). */
export class HttpResponse extends HttpMessage {
  /** Arrival times of the events, if this is an event stream. They apply to the body as received, not to one that was set. */
  marks: EventMarks | undefined;
  /** The delivery of a response that an addon set; undefined sends it at once. Ignored if the body was replaced since. */
  delivery: Delivery | undefined;
  /** The status of a call of gRPC-Web or Connect, as found in the body. It does not apply to a body that was set since. */
  statusInBody: number | undefined;
  /** Whether the body was read for it. */
  isStatusRead = false;
  private _statusCode: number;
  private _reason: string;

  constructor(parts: ResponseParts) {
    super(parts.httpVersion, parts.headers, parts.body);
    this._statusCode = parts.statusCode;
    this._reason = parts.reason;
  }

  /**
   * Creates a response. `Content-Length` is added.
   * @param content decoded bytes, or text, which is encoded in the charset of `Content-Type`, else UTF-8. The codings of
   * `Content-Encoding` are applied.
   * @param reason by default the registered phrase of the status code
   * @throws RangeError if the status code is not 100 to 999; TypeError if a header field or the reason is not valid
   * @example flow.response = HttpResponse.make(404, 'gone', { 'Content-Type': 'text/plain' });
   */
  static make(
    statusCode: number,
    content: Uint8Array | string = '',
    headers: Iterable<readonly [string, string]> | Record<string, string> = {},
    reason = REASONS[statusCode] ?? '',
  ): HttpResponse {
    const fields = Headers.from(headers);
    const response = new HttpResponse({ statusCode, reason, httpVersion: 'HTTP/1.1', headers: fields });
    response.statusCode = statusCode;
    response.reason = reason;
    response.body.set(content);
    if (statusCode >= 200 && statusCode !== 204 && statusCode !== 304 && !fields.has('transfer-encoding')) {
      fields.set('Content-Length', String(response.body.size));
    }
    return response;
  }

  /**
   * Creates a response with a value as JSON.
   * @param headers `Content-Type: application/json` is added if they have no type
   * @throws TypeError if the value has no JSON form
   * @example flow.response = HttpResponse.json({ ok: true });
   */
  static json(
    value: unknown,
    statusCode = 200,
    headers: Iterable<readonly [string, string]> | Record<string, string> = {},
  ): HttpResponse {
    const fields = Headers.from(headers);
    if (!fields.has('content-type')) fields.append('Content-Type', 'application/json');
    return HttpResponse.make(statusCode, toJson(value), fields);
  }

  /**
   * Creates a redirect.
   * @param url absolute or relative; spaces and characters outside ASCII are percent-encoded
   * @param statusCode 301, 302, 303, 307 or 308; with the last two the client keeps method and body
   * @throws RangeError for another status code
   * @example flow.response = HttpResponse.redirect('https://example.com/login');
   */
  static redirect(url: string | URL, statusCode = 302): HttpResponse {
    if (![301, 302, 303, 307, 308].includes(statusCode)) throw new RangeError(`Not a redirect: ${statusCode}`);
    const location = String(url).replace(/[^\x21-\x7e]+/g, percentEncode);
    return HttpResponse.make(statusCode, '', { Location: location });
  }

  /** A copy that can be changed and sent independently. It shares the bytes of the body; release the body of the copy as well. */
  clone(): HttpResponse {
    const { statusCode, reason, httpVersion } = this;
    const headers = this.headers.clone();
    const copy = new HttpResponse({ statusCode, reason, httpVersion, headers, body: this.body.clone(headers) });
    copy.marks = this.marks?.clone();
    copy.statusInBody = this.statusInBody;
    copy.isStatusRead = this.isStatusRead;
    this.copyTo(copy);
    return copy;
  }

  /** False: without a length, the content of a response ends with the connection. */
  get needsLength(): boolean {
    return false;
  }

  /** A live view of the cookies in `Set-Cookie`, with their attributes. */
  get cookies(): ResponseCookies {
    return new ResponseCookies(this.headers, this.httpVersion.startsWith('HTTP/1') ? 'Set-Cookie' : 'set-cookie');
  }

  get statusCode(): number {
    return this._statusCode;
  }
  /** Sets the reason phrase as well. @throws RangeError if it is not 100 to 999 */
  set statusCode(statusCode: number) {
    if (!Number.isInteger(statusCode) || statusCode < 100 || statusCode > 999) {
      throw new RangeError(`Not a status code: ${statusCode}`);
    }
    this._statusCode = statusCode;
    this.reason = REASONS[statusCode] ?? '';
  }

  /** Whether it is an event stream (WHATWG HTML, server-sent events). Its body may never end, so it should not be held. */
  get isEventStream(): boolean {
    // Evaluated for every response: the search avoids parsing the fields of most.
    if (!/event-stream/i.test(this.headers.bytes.toString('latin1'))) return false;
    return /^\s*text\/event-stream\b/i.test(this.headers.get('content-type') ?? '');
  }

  get reason(): string {
    return this._reason;
  }
  /** @throws TypeError if it is not valid in a status line */
  set reason(reason: string) {
    if (typeof reason !== 'string' || /[^\t\x20-\x7e\x80-\xff]/.test(reason))
      throw new TypeError(`Not a reason phrase: ${quote(String(reason))}`);
    this._reason = reason;
    this.startLineChanged = true;
  }
}
