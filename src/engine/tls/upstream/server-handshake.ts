import type { ServerConnection } from '../../../flow/connection.js';
import { withoutFinalDot } from '../../../flow/text/host-name.js';
import type { ClientContext } from '../../client/client-context.js';
import type { Route } from '../../upstream/route.js';
import type { ServerChannel } from '../../upstream/server-channel.js';
import type { CertificateFile } from '../certificate-file.js';
import { type ServerIdentity, serverIdentity } from './server-identity.js';

/** Parameters of a handshake with a server. */
export interface ServerHandshake {
  /**
   * The server's name: a host name, which is sent as SNI, or an address, which is not sent. Undefined if the client gave no
   * name.
   */
  name: string | undefined;
  /** The check of the server's certificate. */
  identity: ServerIdentity;
  alpnOffers: readonly string[];
  /** Opens another connection to a server of HTTP, to offer HTTP/2 to it after it has refused HTTP/1. */
  reconnect?: ((server: ServerConnection) => Promise<ServerChannel>) | undefined;
}

/** The offers for a client that speaks HTTP/2. */
export const HTTP2_OFFERS: readonly string[] = ['h2', 'http/1.1'];

/** The parameters for a known host, independent of a client's TLS. */
export function handshakeFor(host: string, alpnOffers: readonly string[] = ['http/1.1']): ServerHandshake {
  const name = withoutFinalDot(host);
  return { name, identity: serverIdentity(name), alpnOffers };
}

/**
 * The parameters of a handshake as a key: connections with equal keys are interchangeable. The other settings are constant for
 * the life of the program.
 * @returns undefined if an addon may change the handshake, or the certificate is checked against a leaf that only this client
 * has accepted
 */
export function shareScope(
  { services }: ClientContext,
  { name, identity, alpnOffers }: ServerHandshake,
): string | undefined {
  if (name === undefined || services.hooks.listens('tlsStartServer')) return undefined;
  // Without shared connections, keys are not compared.
  if (!services.shared) return '';
  return JSON.stringify([name, identity.id, alpnOffers]);
}

/**
 * The hooks that run during the handshakes of a client and its server. Addons with these hooks expect the server's handshake
 * first.
 */
const HANDSHAKE_HOOKS = [
  'serverConnect',
  'tlsStartServer',
  'tlsEstablishedServer',
  'tlsStartClient',
  'tlsEstablishedClient',
] as const;

/**
 * The key of a server in `KnownServers`: the parameters that determine its certificate, its protocol and the result of the
 * verification.
 * @returns undefined if the server is not to be remembered; a promise only if a client certificate has to be read
 */
export function knownServerKey(
  { services, upstreamProxy }: ClientContext,
  { host, port, scope }: Route,
  { name, identity, alpnOffers }: ServerHandshake,
): string | undefined | Promise<string | undefined> {
  const { options, hooks, tls } = services;
  // Without a scope, the route leads through a proxy that the client has chosen.
  if (options.serverIdentityTtl === 0 || scope === undefined || HANDSHAKE_HOOKS.some((hook) => hooks.listens(hook)))
    return undefined;
  const via = upstreamProxy?.select([host, port], 'https');
  const proxy = via && [via.scheme, ...via.address];
  // The other settings are constant for the life of the program, and so is the cache.
  const keyWith = (certificate: CertificateFile | undefined): string =>
    JSON.stringify([host, port, proxy, name, identity.id, alpnOffers, options.sslInsecure, certificate?.id]);
  try {
    const certificate = tls.clientCertificates?.for(name ?? host);
    // An unusable certificate is reported by the handshake.
    return certificate instanceof Promise ? certificate.then(keyWith, () => undefined) : keyWith(certificate);
  } catch {
    return undefined;
  }
}
