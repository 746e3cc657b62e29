import type { Address } from '../../flow/connection.js';
import type { EngineOptions } from '../options.js';

/** Knows servers whose requests are answered without them, such as by an addon with recorded responses. */
export interface StandIn {
  /** Whether to connect to a server only when a request needs it, whatever `connection_strategy` says. */
  defersConnection(address: Address): boolean;
  /** The certificate that a server has, in DER; undefined if it is unknown. It gives the names of the client's leaf. */
  certificateOf(address: Address): Buffer | undefined;
}

/** Whether to connect to a server before a request needs it. */
export function connectsEarly(
  { options, standIn }: { readonly options: EngineOptions; readonly standIn?: StandIn | undefined },
  address: Address,
): boolean {
  return options.connectionStrategy === 'eager' && !standIn?.defersConnection(address);
}
