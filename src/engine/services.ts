import type { Socket } from 'node:net';
import type { Clock } from '../flow/clock.js';
import type { Address, ClientConnection } from '../flow/connection.js';
import type { Dispatcher } from '../flow/dispatcher.js';
import { type Flow, releaseFlow } from '../flow/flow.js';
import type { Log } from '../flow/log.js';
import type { SpoolPolicy } from '../flow/spool.js';
import type { Authentication } from './authentication.js';
import type { Deadlines } from './deadlines.js';
import type { ParentProxy } from './dial/parent-proxy.js';
import type { EngineOptions } from './options.js';
import type { Turn } from './outlet.js';
import type { OwnConnections } from './own-connections.js';
import type { Passthrough } from './passthrough/passthrough.js';
import type { Rejections } from './passthrough/rejections.js';
import type { TlsServices } from './tls/tls-services.js';

/** What every part of the engine works with. One for each engine. */
export interface Services {
  readonly options: EngineOptions;
  readonly hooks: Dispatcher;
  readonly log: Log;
  readonly spool: SpoolPolicy;
  readonly deadlines: Deadlines;
  readonly tls: TlsServices;
  readonly passthrough: Passthrough;
  /** Undefined if rejections of our certificate have no consequence. */
  readonly rejections: Rejections | undefined;
  /** Collects what is written. */
  readonly turn: Turn;
  /** Of tsdump, for the pages it sends. */
  readonly version: string;
  readonly ownConnections: OwnConnections;
  /** Whether connecting there would come back to us. */
  isOwnListener(address: Address): boolean;
  /** Something failed that must not be passed over: what is recorded would not be what was sent. */
  onFatal(error: Error): void;
}

/** One client connection while it lives: what its layers share. */
export interface ClientContext {
  readonly services: Services;
  readonly client: ClientConnection;
  readonly clock: Clock;
  /** The proxy through which its servers are reached, if there is one. */
  readonly parent: ParentProxy | undefined;
  /** Its TCP socket: when that is closed, nothing is done for this client any more. */
  readonly socket: Socket;
  readonly authentication: Authentication;
  /** Set when the program stops: no further exchange is begun on this connection. */
  closing: boolean;
  /** Set when the program no longer waits: what still lives ends with this error. */
  interrupted: boolean;
}

/** The end of every flow: observers see it, then its memory and spool files are given back. */
export function endFlow(services: Services, flow: Flow): undefined | Promise<void> {
  const pending = services.hooks.emit('flowEnd', flow);
  if (pending) return pending.finally(() => releaseFlow(flow));
  releaseFlow(flow);
  return undefined;
}
