import type { Clock } from '../flow/clock.js';
import type { ServerConnection } from '../flow/connection.js';
import type { Channel } from './channel.js';

/** An open connection to a server. */
export interface ServerChannel extends Channel {
  readonly connection: ServerConnection;
  readonly clock: Clock;
  /** Set if a proxy listens at the other end, which forwards requests to the server. */
  readonly forwarder?: Forwarder;
}

/** A proxy that takes requests in absolute form (RFC 9112 section 3.2.2). */
export interface Forwarder {
  /** The `Proxy-Authorization` for it. */
  readonly authorization: string | undefined;
}
