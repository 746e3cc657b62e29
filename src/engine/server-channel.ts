import type { Clock } from '../flow/clock.js';
import type { ServerConnection } from '../flow/connection.js';
import type { Channel } from './channel.js';

/** An open connection to a server. */
export interface ServerChannel extends Channel {
  readonly connection: ServerConnection;
  readonly clock: Clock;
}
