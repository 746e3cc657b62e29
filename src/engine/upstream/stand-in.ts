import type { Address } from '../../flow/connection.js';
import type { Dispatcher } from '../../flow/hooks/dispatcher.js';
import type { EngineOptions } from '../options.js';
import type { SharedConnections } from './shared/shared-connections.js';

/** Knows servers whose requests are answered without them, such as by an addon with recorded responses. */
export interface StandIn {
  /** Whether to connect to a server only when a request needs it, whatever `connection_strategy` says. */
  defersConnection(address: Address): boolean;
  /** The certificate that a server has, in DER; undefined if it is unknown. It gives the names of the client's leaf. */
  certificateOf(address: Address): Buffer | undefined;
}

interface EarlyServices {
  readonly options: EngineOptions;
  readonly hooks: Dispatcher;
  readonly standIn?: StandIn | undefined;
  readonly shared?: SharedConnections | undefined;
}

/** Whether to connect to a server before a request needs it. */
export function connectsEarly(services: EarlyServices, address: Address): boolean {
  return isEager(services, address) && !hasShared(services, address);
}

/** The same, but for connections of other clients. */
export function isEager({ options, standIn }: EarlyServices, address: Address): boolean {
  return options.connectionStrategy === 'eager' && !standIn?.defersConnection(address);
}

/** Whether a connection of another client leads to a server, so that a request may need none. Addons decide on each connection. */
export function hasShared({ hooks, shared }: EarlyServices, [host, port]: Address): boolean {
  return shared?.leadsTo(`${host}:${port}`) === true && !hooks.listens('serverConnect');
}
