import type { Address, Via } from '../../../flow/connection.js';
import type { Credentials } from '../../../flow/hooks/hooks.js';

/** The proxy for connections to servers, or several of them. */
export interface UpstreamProxy {
  /**
   * The proxy through which a server is reached, always the same object for the same proxy; undefined if it is reached directly.
   * @param scheme of the requests: `http` if they are known to be HTTP without TLS, otherwise `https`
   */
  select(server: Address, scheme: 'http' | 'https'): Via | undefined;
  /** Credentials for a proxy that `select` has returned, never shown; undefined for any other. */
  credentialsFor(via: Via): Credentials | undefined;
}
