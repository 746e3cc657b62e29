import type { Duplex } from 'node:stream';

/** The timing and framing of a response that an addon set, unless it is sent at once and in one piece. */
export interface Delivery {
  /** Seconds to wait before the head. */
  readonly delay: number;
  /** The length to announce, in bytes; undefined leaves it open. It may exceed the content if `breaks` is set. */
  readonly length: number | undefined;
  /** Whether the connection is reset after the content. */
  readonly breaks: boolean;
  /** Whether the response has no end: after the content the connection stays open until the client leaves. */
  readonly staysOpen: boolean;
  /**
   * The content in the pieces in which it is sent, with pauses; undefined sends the content of the body.
   * @param signal aborted when the rest is no longer needed
   */
  readonly pieces: ((signal: AbortSignal) => AsyncIterable<Buffer>) | undefined;
  /** With status 101: plays the server on the connection after the response, until both sides have ended it. */
  readonly serve: ((server: Duplex) => void) | undefined;
}
