import type { Address } from '../../flow/connection.js';

/** Answers requests in place of servers, such as an addon with recorded responses. */
export interface StandIn {
  /** Whether to connect to a server only when a request needs it, regardless of `connection_strategy`. */
  defersConnection(address: Address): boolean;
  /** The certificate of a server in DER; undefined if it is unknown. The client's leaf gets its names. */
  certificateOf(address: Address): Buffer | undefined;
}
