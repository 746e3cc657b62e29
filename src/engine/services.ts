import type { SpoolPolicy } from '../flow/body/spool-policy.js';
import type { Address } from '../flow/connection.js';
import type { Dispatcher } from '../flow/dispatcher.js';
import { type Flow, releaseFlow } from '../flow/flow.js';
import type { Log, LogLevel } from '../flow/log.js';
import type { DistrustCache } from './client/passthrough/distrust-cache.js';
import type { Passthrough } from './client/passthrough/passthrough.js';
import type { FlushScheduler } from './net/buffered-writer.js';
import type { Deadlines } from './net/deadlines.js';
import type { EngineOptions } from './options.js';
import type { TlsServices } from './tls/tls-services.js';
import type { Lookups } from './upstream/dial/lookups.js';
import type { OutboundSockets } from './upstream/outbound-sockets.js';

/** What every part of the engine works with. One for each engine. */
export interface Services {
  readonly options: EngineOptions;
  readonly hooks: Dispatcher;
  readonly log: Log;
  /** The level of lines that say that a connection was made or has ended. */
  readonly connectionLevel: LogLevel;
  readonly spool: SpoolPolicy;
  readonly deadlines: Deadlines;
  readonly tls: TlsServices;
  readonly passthrough: Passthrough;
  /** Of our certificates, by clients. */
  readonly distrust: DistrustCache;
  /** Collects what is written. */
  readonly flushScheduler: FlushScheduler;
  /** Of tsdump, for the pages it sends. */
  readonly version: string;
  readonly outboundSockets: OutboundSockets;
  readonly lookups: Lookups;
  /** Whether connecting there would come back to us. */
  isOwnListener(address: Address): boolean;
  /** Something failed that must not be passed over: what is recorded would not be what was sent. */
  onFatal(error: Error): void;
}

/** The end of every flow: observers see it, then its memory and spool files are given back. */
export function endFlow(services: Services, flow: Flow): undefined | Promise<void> {
  const pending = services.hooks.emit('flowEnd', flow);
  if (pending) return pending.finally(() => releaseFlow(flow));
  releaseFlow(flow);
  return undefined;
}
