import type { SpoolPolicy } from '../flow/body/spool-policy.js';
import type { Address } from '../flow/connection.js';
import { type Flow, releaseFlow } from '../flow/flow.js';
import type { Dispatcher } from '../flow/hooks/dispatcher.js';
import type { Log, LogLevel } from '../flow/log.js';
import type { DistrustCache } from './client/passthrough/distrust-cache.js';
import type { Passthrough } from './client/passthrough/passthrough.js';
import type { LargeBodies } from './http/body/large-bodies.js';
import type { FlushScheduler } from './net/buffered-writer.js';
import type { Deadlines } from './net/deadlines.js';
import type { DescriptorWatch } from './net/descriptor-watch.js';
import type { EngineOptions } from './options.js';
import type { TlsServices } from './tls/tls-services.js';
import type { DeferredServers } from './upstream/deferred-servers.js';
import type { Lookups } from './upstream/dial/lookups.js';
import type { UpstreamProxy } from './upstream/dial/upstream-proxy.js';
import type { OutboundSockets } from './upstream/outbound-sockets.js';
import type { ConnectionPermit } from './upstream/permit.js';
import type { AbruptServers, Http2OnlyServers } from './upstream/server-quirks.js';
import type { SharedConnections } from './upstream/shared-connections.js';

/** Services shared by all parts of one engine. */
export interface Services {
  readonly options: EngineOptions;
  readonly hooks: Dispatcher;
  readonly log: Log;
  /** Log level for connects and disconnects. */
  readonly connectionLevel: LogLevel;
  readonly spool: SpoolPolicy;
  readonly deadlines: Deadlines;
  readonly tls: TlsServices;
  readonly passthrough: Passthrough;
  /** Clients that reject our certificate. */
  readonly distrust: DistrustCache;
  /** Batches writes. */
  readonly flushScheduler: FlushScheduler;
  /** tsdump's version, for the pages it sends. */
  readonly version: string;
  readonly outboundSockets: OutboundSockets;
  readonly descriptors: DescriptorWatch;
  readonly lookups: Lookups;
  readonly http2OnlyServers: Http2OnlyServers;
  readonly abruptServers: AbruptServers;
  /** The idle connections that clients share; undefined if each client has its own. */
  readonly shared?: SharedConnections | undefined;
  /** The upstream proxy of modes without their own. */
  readonly upstreamProxy?: UpstreamProxy | undefined;
  readonly largeBodies: LargeBodies;
  /** Decides which connections to servers may be opened; undefined permits all. */
  readonly permitConnection?: ConnectionPermit | undefined;
  /** Servers in whose place an addon may answer; undefined if all requests go to servers. */
  readonly deferredServers?: DeferredServers | undefined;
  /** Whether a connection to the address would reach one of our own listeners. */
  isOwnListener(address: Address): boolean;
}

/** Ends a flow: addons see it, then its memory and spool files are released. */
export function endFlow(services: Services, flow: Flow): undefined | Promise<void> {
  const pending = services.hooks.emit('flowEnd', flow);
  if (pending) return pending.finally(() => releaseFlow(flow));
  releaseFlow(flow);
  return undefined;
}
