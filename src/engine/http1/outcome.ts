import type { Route } from '../route.js';

/** How a session goes on after an exchange. */
export type Outcome = 'next' | 'close' | 'broken' | Handover;

/** What a session leaves to somebody else when it gives its client connection up: a CONNECT that was accepted. */
export interface Handover {
  route: Route;
  /** Bytes that came behind the CONNECT. */
  rest: Buffer;
}
