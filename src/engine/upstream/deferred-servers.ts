import type { Address } from '../../flow/connection.js';

/** Servers in whose place an addon may answer, for example with recorded responses: a connection to them may not be needed. */
export interface DeferredServers {
  /** Whether to connect to a server only when a request needs it, regardless of `connection_strategy`. */
  defers(address: Address): boolean;
  /** Whether a server is known to speak HTTP, so that it does not send the first bytes. */
  servesHttp(address: Address): boolean;
  /** The certificate of a server in DER; undefined if it is unknown. The client's leaf gets its names. */
  certificateOf(address: Address): Buffer | undefined;
}
