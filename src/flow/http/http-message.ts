import { Body, type BodyOwner } from '../body/body.js';
import type { Headers } from './headers.js';

/** Common part of requests and responses. Setters record changes; unchanged parts are forwarded byte for byte. */
export abstract class HttpMessage implements BodyOwner {
  readonly body: Body;
  /** Trailer fields (RFC 9110 section 6.5); undefined if the message had none. */
  trailers: Headers | undefined;
  /** When the first byte arrived, in seconds since the epoch. */
  timestampStart = 0;
  /** When the last byte arrived, in seconds since the epoch; undefined before that. */
  timestampEnd: number | undefined;
  /**
   * To be set in `requestHeaders` or `responseHeaders`. True streams the message without holding it, so that `request` or
   * `response` cannot change it; false holds it, even an event stream. Undefined: it is held if an addon has these hooks.
   */
  stream: boolean | undefined;
  protected startLineChanged = false;

  protected constructor(
    /** `HTTP/1.1` as on the wire, `HTTP/2.0`, `HTTP/3`. */
    readonly httpVersion: string,
    readonly headers: Headers,
    body: Body | undefined,
  ) {
    this.body = body ? body.attach(this) : new Body(this);
  }

  /** Whether the message would be read as having no content if it had no length (RFC 9112 section 6.3). */
  abstract readonly needsLength: boolean;

  /** Copies trailers, timestamps and flags. */
  protected copyTo(copy: HttpMessage): void {
    copy.trailers = this.trailers?.clone();
    copy.timestampStart = this.timestampStart;
    copy.timestampEnd = this.timestampEnd;
    copy.stream = this.stream;
    copy.startLineChanged = this.startLineChanged;
  }

  /** True once the start line or the headers were altered. */
  get headChanged(): boolean {
    return this.startLineChanged || this.headers.changed;
  }

  /** True once anything was altered. */
  get changed(): boolean {
    return this.headChanged || this.body.changed || this.trailers?.changed === true;
  }
}
