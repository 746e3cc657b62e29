import type { ServerConnection } from '../flow/connection.js';
import type { ServerChannel } from './server-channel.js';

/** Where a connection leads when its requests do not say: the target of a CONNECT, of a redirection. */
export interface Destination {
  scheme: string;
  host: string;
  port: number;
}

/** A destination and the way to it. */
export interface Route extends Destination {
  /** A connection to it that is open already, for the first request. */
  ready: ServerChannel | undefined;
  /** Opens a connection to it. @throws UpstreamError, ProtocolError */
  open(server: ServerConnection): Promise<ServerChannel>;
}
