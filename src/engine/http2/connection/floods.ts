import { Http2ConnectionError } from '../errors.js';
import { CODE } from '../frames/constants.js';

/** Maximum number of control frames to answer while the peer does not read. */
const MAX_UNREAD = 1000;

/**
 * Limits events that cost us more than the peer (RFC 9113 section 10.5). Each method records one event and throws
 * Http2ConnectionError (ENHANCE_YOUR_CALM) above its limit.
 */
export class Floods {
  private readonly resets = new RateLimit(1000, 100);
  private readonly controls = new RateLimit(10_000, 1000);
  private readonly empty = new RateLimit(1000, 100);
  private unread = 0;

  /**
   * A stream that was begun and then reset by the peer ("rapid reset", CVE-2023-44487), or by us because of an error of the peer
   * ("MadeYouReset", CVE-2025-8671).
   */
  reset(): void {
    if (!this.resets.take()) throw flood('too many reset streams');
  }

  /** A PING or SETTINGS, which has to be acknowledged. @param isFull whether the peer does not read our frames */
  control(isFull: boolean): void {
    this.unread = isFull ? this.unread + 1 : 0;
    if (this.unread > MAX_UNREAD || !this.controls.take()) throw flood('too many PING or SETTINGS frames');
  }

  /** A frame without any effect. */
  emptyFrame(): void {
    if (!this.empty.take()) throw flood('too many empty frames');
  }
}

function flood(message: string): Http2ConnectionError {
  return new Http2ConnectionError(CODE.enhanceYourCalm, message);
}

/** A budget for events that cost us more than the peer: it starts full and is refilled at a constant rate. */
class RateLimit {
  private tokens: number;
  private at: number;

  constructor(
    private readonly burst: number,
    private readonly perSecond: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.tokens = burst;
    this.at = now();
  }

  /** Counts an event. @returns false if the budget is exhausted */
  take(): boolean {
    if (--this.tokens >= 0) return true;
    const now = this.now();
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.at) / 1000) * this.perSecond);
    this.at = now;
    return this.tokens >= 0;
  }
}
