import type { Duplex } from 'node:stream';

/** How a response that an addon set is sent, where it is not simply sent at once and as a whole. */
export interface Delivery {
  /** Seconds to wait before the head. */
  readonly delay: number;
  /** The length to announce, in bytes; undefined leaves it open. It may be more than there is if the connection breaks. */
  readonly length: number | undefined;
  /** Whether the connection is reset after the content. */
  readonly breaks: boolean;
  /**
   * The content in the pieces in which it is sent, with pauses; undefined for the content of the body.
   * @param signal aborted when the rest is not needed any more
   */
  readonly pieces: ((signal: AbortSignal) => AsyncIterable<Buffer>) | undefined;
  /** With status 101: plays the server on the connection after the response, until both sides have ended it. */
  readonly serve: ((server: Duplex) => void) | undefined;
}
