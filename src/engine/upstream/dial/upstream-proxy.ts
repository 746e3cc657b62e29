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

/** The credentials of proxies that addons have chosen. They are not part of `server.via`, so that they are never recorded. */
const chosen = new WeakMap<Via, Credentials>();

/** Takes the credentials out of a proxy that an addon has chosen. @returns the proxy without them */
export function withoutCredentials(via: Via): Via {
  if (!via.credentials) return via;
  const { scheme, address, credentials } = via;
  const bare: Via = { scheme, address };
  chosen.set(bare, credentials);
  return bare;
}

/** The credentials that an addon has given for a proxy, from which they were taken. */
export function chosenCredentials(via: Via): Credentials | undefined {
  return chosen.get(via);
}
