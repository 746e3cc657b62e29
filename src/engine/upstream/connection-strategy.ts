import type { Address } from '../../flow/connection.js';
import type { Dispatcher } from '../../flow/hooks/dispatcher.js';
import type { EngineOptions } from '../options.js';
import type { DeferredServers } from './deferred-servers.js';
import type { SharedConnections } from './shared-connections.js';

interface EarlyServices {
  readonly options: EngineOptions;
  readonly hooks: Dispatcher;
  readonly deferredServers?: DeferredServers | undefined;
  readonly shared?: SharedConnections | undefined;
}

/** Whether to connect to a server before a request needs the connection. */
export function connectsEarly(services: EarlyServices, address: Address): boolean {
  return isEager(services, address) && !hasShared(services, address);
}

/**
 * Whether `connection_strategy` and `DeferredServers` allow an early connection, regardless of idle connections of other clients.
 */
export function isEager({ options, deferredServers }: EarlyServices, address: Address): boolean {
  return options.connectionStrategy === 'eager' && !deferredServers?.defers(address);
}

/**
 * Whether there is an idle connection of another client to a server, so that a request may not need a new one. Not with addons
 * for `serverConnect`, as they decide on each connection.
 */
function hasShared({ hooks, shared }: EarlyServices, [host, port]: Address): boolean {
  return shared?.leadsTo(`${host}:${port}`) === true && !hooks.listens('serverConnect');
}

/** Whether a server is known to speak HTTP, so that its client sends the first bytes, however long that takes. */
export function isHttpOnly(services: EarlyServices, address: Address): boolean {
  return hasShared(services, address) || services.deferredServers?.servesHttp(address) === true;
}
