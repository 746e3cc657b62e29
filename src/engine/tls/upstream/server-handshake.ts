import type { ServerConnection } from '../../../flow/connection.js';
import { withoutFinalDot } from '../../../flow/text/host-name.js';
import type { ClientContext } from '../../client/client-context.js';
import type { Route } from '../../upstream/route.js';
import type { ServerChannel } from '../../upstream/server-channel.js';
import type { ClientCertificate } from './client-certificates.js';
import { type ServerIdentity, serverIdentity } from './server-identity.js';

/** Parameters of a handshake with a server. */
export interface ServerHandshake {
  /**
   * The server's name: a host name, which is sent as SNI, or an address, which is not; undefined if the client gave
   * none.
   */
  name: string | undefined;
  /** What the certificate must match. */
  identity: ServerIdentity;
  alpnOffers: readonly string[];
  /** Opens another connection to a server of HTTP, to offer it HTTP/2 if it refuses HTTP/1. */
  reconnect?: ((server: ServerConnection) => Promise<ServerChannel>) | undefined;
}

/** The offers for a client that speaks HTTP/2. */
export const HTTP2_OFFERS: readonly string[] = ['h2', 'http/1.1'];

/** A handshake for a host that is not known from a client's TLS. */
export function handshakeFor(host: string, alpnOffers: readonly string[] = ['http/1.1']): ServerHandshake {
  const name = withoutFinalDot(host);
  return { name, identity: serverIdentity(name), alpnOffers };
}

/**
 * Everything that a handshake verifies and negotiates, as text: equal for handshakes of which one is as good as the other.
 * The other settings are constant for the life of the program.
 * @returns undefined if an addon may change it, or the certificate is checked against what a single client has accepted
 */
export function shareScope(
  { services }: ClientContext,
  { name, identity, alpnOffers }: ServerHandshake,
): string | undefined {
  if (name === undefined || services.hooks.listens('tlsStartServer')) return undefined;
  // Nothing is shared, so no other handshake is compared with this one.
  if (!services.shared) return '';
  return JSON.stringify([name, identity.id, alpnOffers]);
}

/** The hooks whose addons see, or decide on, each handshake in its order. */
const HANDSHAKE_HOOKS = [
  'serverConnect',
  'tlsStartServer',
  'tlsEstablishedServer',
  'tlsStartClient',
  'tlsEstablishedClient',
] as const;

/**
 * The key of a server in `KnownServers`: everything that its certificate, its protocol and the verdict depend on.
 * @returns undefined if it is not to be remembered; a promise only if a client certificate has to be read
 */
export function knownServerKey(
  { services, upstreamProxy }: ClientContext,
  { host, port, scope }: Route,
  { name, identity, alpnOffers }: ServerHandshake,
): string | undefined | Promise<string | undefined> {
  const { options, hooks, tls } = services;
  // Without a scope it is reached through a proxy that the client has chosen.
  if (options.serverIdentityTtl === 0 || scope === undefined || HANDSHAKE_HOOKS.some((hook) => hooks.listens(hook)))
    return undefined;
  const via = upstreamProxy?.select([host, port], 'https');
  const proxy = via && [via.scheme, ...via.address];
  // The other settings are constant for the life of the program, as is what is known.
  const keyWith = (certificate: ClientCertificate | undefined): string =>
    JSON.stringify([host, port, proxy, name, identity.id, alpnOffers, options.sslInsecure, certificate?.id]);
  try {
    const certificate = tls.clientCertificates?.for(name ?? host);
    // The handshake reports an unusable certificate.
    return certificate instanceof Promise ? certificate.then(keyWith, () => undefined) : keyWith(certificate);
  } catch {
    return undefined;
  }
}
