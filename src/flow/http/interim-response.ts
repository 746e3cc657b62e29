import type { Headers } from './headers.js';

/** A response with a 1xx status that came before the final one (RFC 9110 section 15.2), such as 103 Early Hints. */
export interface InterimResponse {
  statusCode: number;
  /** Reason phrase as sent; empty in HTTP/2. */
  reason: string;
  headers: Headers;
  /** When it arrived, in seconds since the epoch. */
  timestamp: number;
}
