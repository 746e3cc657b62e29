import type { Clock } from '../../flow/clock.js';
import type { ClientConnection } from '../../flow/connection.js';
import type { LeaveSignal } from '../net/leave-signal.js';
import type { Services } from '../services.js';
import type { UpstreamProxy } from '../upstream/dial/upstream-proxy.js';
import type { Authentication } from './authentication.js';

/** A live client connection, as its layers share it. */
export interface ClientContext {
  readonly services: Services;
  readonly client: ClientConnection;
  /** Whether its requests are recorded or synthetic: no client is connected. */
  readonly isReplay: boolean;
  readonly clock: Clock;
  /** The upstream proxy for its servers, if any. */
  readonly upstreamProxy: UpstreamProxy | undefined;
  /** The server name for TLS if requests contain only an address and no client sent an SNI (replays). */
  readonly serverName?: string | undefined;
  /** Aborted when the client has left: all work for it stops. */
  readonly signal: LeaveSignal;
  readonly authentication: Authentication;
  /** Set on shutdown: no further exchange begins on this connection. */
  closing: boolean;
  /** Set when the program no longer waits: live flows end with the error `interrupted`. */
  interrupted: boolean;
}
