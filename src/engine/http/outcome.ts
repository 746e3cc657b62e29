import type { Route } from '../upstream/route.js';

/**
 * How an exchange has ended: `done` with a whole response, `close` so that no other request can follow, `broken` so that
 * the client must not take what it got for a whole response, `upgraded` when the connection has served another protocol
 * and both sides have ended it.
 */
export type Outcome = 'done' | 'close' | 'broken' | 'upgraded' | ConnectTunnel;

/** A CONNECT that was accepted: where the client connection leads now. */
export interface ConnectTunnel {
  route: Route;
  /** Bytes that came behind the CONNECT. */
  rest: Buffer;
}
