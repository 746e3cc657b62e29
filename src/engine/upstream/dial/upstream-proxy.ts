import type { Address, Via } from '../../../flow/connection.js';
import type { Credentials } from '../../../flow/hooks/hooks.js';

/** The proxy, or a selection of proxies, for connections to servers. */
export interface UpstreamProxy {
  /**
   * The proxy for a server, always the same object for the same proxy; undefined for a direct connection.
   * @param scheme of the requests: `http` if they are known to be HTTP without TLS, otherwise `https`
   */
  select(server: Address, scheme: 'http' | 'https'): Via | undefined;
  /** The credentials for a proxy that `select` has returned, which are never shown; undefined for another proxy. */
  credentialsFor(via: Via): Credentials | undefined;
}
