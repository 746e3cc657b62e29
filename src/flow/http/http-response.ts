import type { Body } from '../body/body.js';
import type { EventMarks } from '../body/event-marks.js';
import { quote } from '../text/quote.js';
import { Headers } from './headers.js';
import { HttpMessage } from './http-message.js';
import { REASONS } from './reason-phrases.js';

/** What a response is made of. */
export interface ResponseParts {
  statusCode: number;
  /** Reason phrase as sent; empty in HTTP/2. */
  reason: string;
  httpVersion: string;
  headers: Headers;
  body?: Body;
}

/** The final response to a request, or what an addon answers in its place (RFC 9110 section 3.4). */
export class HttpResponse extends HttpMessage {
  /** Of an event stream: when its events came. It holds for the body as it came, not for one that was set. */
  marks: EventMarks | undefined;
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

  /** A copy that can be changed and sent on its own. It shares the bytes of the body, and releases its share. */
  clone(): HttpResponse {
    const { statusCode, reason, httpVersion } = this;
    const headers = this.headers.clone();
    const copy = new HttpResponse({ statusCode, reason, httpVersion, headers, body: this.body.clone(headers) });
    copy.marks = this.marks?.clone();
    this.copyTo(copy);
    return copy;
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
    // Asked of every response: most are told apart without taking the fields apart.
    if (!/event-stream/i.test(this.headers.bytes.toString('latin1'))) return false;
    return /^\s*text\/event-stream\b/i.test(this.headers.get('content-type') ?? '');
  }

  get reason(): string {
    return this._reason;
  }
  /** @throws TypeError if it cannot stand in a status line */
  set reason(reason: string) {
    if (/[^\t\x20-\x7e\x80-\xff]/.test(reason)) throw new TypeError(`Not a reason phrase: ${quote(reason)}`);
    this._reason = reason;
    this.startLineChanged = true;
  }
}
