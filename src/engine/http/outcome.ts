import type { Route } from '../upstream/route.js';

/**
 * How an exchange ended: `done` with a complete response; `close` so that no other request can follow; `broken` so that
 * the client must not take the response for complete; `upgraded` when the connection has carried another protocol and
 * both sides have ended it.
 */
export type Outcome = 'done' | 'close' | 'broken' | 'upgraded' | ConnectTunnel;

/** The destination of the client connection after an accepted CONNECT. */
export interface ConnectTunnel {
  route: Route;
  /** Bytes received after the CONNECT. */
  rest: Buffer;
}
