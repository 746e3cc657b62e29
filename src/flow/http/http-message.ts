import { Body, type BodyOwner } from '../body/body.js';
import type { Headers } from './headers.js';

/** What requests and responses share. Setters mark what was changed; the unchanged goes on as its bytes. */
export abstract class HttpMessage implements BodyOwner {
  readonly body: Body;
  /** Trailer fields (RFC 9110 section 6.5), undefined if there were none. */
  trailers: Headers | undefined;
  /** When the first byte came, in seconds since the epoch. */
  timestampStart = 0;
  /** When the last byte came; undefined while it has not. */
  timestampEnd: number | undefined;
  protected startLineChanged = false;

  protected constructor(
    /** `HTTP/1.1` as on the wire, `HTTP/2.0`, `HTTP/3`. */
    readonly httpVersion: string,
    readonly headers: Headers,
    body: Body | undefined,
  ) {
    this.body = body ? body.attach(this) : new Body(this);
  }

  /** Whether content without a length would be taken for none (RFC 9112 section 6.3). */
  abstract readonly needsLength: boolean;

  /** Gives a copy what all messages have beside their head and body. */
  protected copyTo(copy: HttpMessage): void {
    copy.trailers = this.trailers?.clone();
    copy.timestampStart = this.timestampStart;
    copy.timestampEnd = this.timestampEnd;
    copy.startLineChanged = this.startLineChanged;
  }

  /** True once request or status line or the headers were altered. */
  get headChanged(): boolean {
    return this.startLineChanged || this.headers.changed;
  }

  /** True once anything was altered. */
  get changed(): boolean {
    return this.headChanged || this.body.changed || this.trailers?.changed === true;
  }
}
