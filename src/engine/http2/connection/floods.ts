import { Http2ConnectionError } from '../errors.js';
import { CODE } from '../frames/constants.js';
import { RateLimit } from './rate-limit.js';

/** Maximum number of control frames to answer while the peer does not read. */
const MOST_UNREAD = 1000;

/**
 * Limits events that cost us more than the peer (RFC 9113 section 10.5). Each method records one event and throws
 * Http2ConnectionError (ENHANCE_YOUR_CALM) above its limit.
 */
export class Floods {
  private readonly resets = new RateLimit(1000, 100);
  private readonly controls = new RateLimit(10_000, 1000);
  private readonly empty = new RateLimit(1000, 100);
  private unread = 0;

  /** A stream that was begun and reset ("rapid reset", CVE-2023-44487). */
  reset(): void {
    if (!this.resets.take()) throw flood('too many reset streams');
  }

  /** A PING or SETTINGS, which has to be acknowledged. @param isFull whether the peer does not read our frames */
  control(isFull: boolean): void {
    this.unread = isFull ? this.unread + 1 : 0;
    if (this.unread > MOST_UNREAD || !this.controls.take()) throw flood('too many PING or SETTINGS frames');
  }

  /** A frame without any effect. */
  emptyFrame(): void {
    if (!this.empty.take()) throw flood('too many empty frames');
  }
}

function flood(message: string): Http2ConnectionError {
  return new Http2ConnectionError(CODE.enhanceYourCalm, message);
}
