import type { Clock } from '../../flow/clock.js';
import type { ClientConnection } from '../../flow/connection.js';
import type { Services } from '../services.js';
import type { UpstreamProxy } from '../upstream/dial/upstream-proxy.js';
import type { Authentication } from './authentication.js';

/** One client connection while it lives: what its layers share. */
export interface ClientContext {
  readonly services: Services;
  readonly client: ClientConnection;
  readonly clock: Clock;
  /** The proxy through which its servers are reached, if there is one. */
  readonly upstreamProxy: UpstreamProxy | undefined;
  /** The name of a server for TLS, where requests have only its address and no connection says it. */
  readonly serverName?: string | undefined;
  /** Aborted when the client has left: nothing is done for it any more. */
  readonly signal: AbortSignal;
  readonly authentication: Authentication;
  /** Set when the program stops: no further exchange is begun on this connection. */
  closing: boolean;
  /** Set when the program no longer waits: what still lives ends with this error. */
  interrupted: boolean;
}
