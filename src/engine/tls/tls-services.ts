import type { EngineOptions } from '../options.js';
import type { Authority } from './authority/authority.js';
import { CustomCertificates } from './authority/custom-certificates.js';
import { LeafCache } from './authority/leaf-cache.js';
import type { TlsSecrets } from './authority/leaf-keys.js';
import { ClientHandshakes } from './client-side.js';
import type { KeyLog } from './key-log.js';
import { ServerContexts } from './server-contexts.js';
import { TlsOptionError } from './tls-option-error.js';
import { clientSideOptions } from './tls-options.js';
import { type ClientCertificates, openClientCertificates } from './upstream/client-certificates.js';
import { KnownServers } from './upstream/known-servers.js';
import { UpstreamSessions } from './upstream/upstream-sessions.js';

/** Services for TLS interception. Each engine has its own. */
export interface TlsServices {
  readonly leaves: LeafCache;
  readonly clients: ClientHandshakes;
  readonly sessions: UpstreamSessions;
  readonly known: KnownServers;
  readonly serverContexts: ServerContexts;
  /** Undefined if none are configured. */
  readonly clientCertificates: ClientCertificates | undefined;
  readonly keyLog: KeyLog | undefined;
}

/** @param moreRoots see `EngineServices` @throws TlsOptionError */
export function createTlsServices(
  options: EngineOptions,
  authority: Authority | undefined,
  keyLog: KeyLog | undefined,
  moreRoots?: () => string[],
  secrets?: TlsSecrets,
): TlsServices {
  const { certs, certPassphrase, clientCerts, requestClientCert, addUpstreamCertsToClientChain, upstreamCert } =
    options;
  if (addUpstreamCertsToClientChain && !upstreamCert) {
    throw new TlsOptionError('add_upstream_certs_to_client_chain needs upstream_cert, which is off');
  }
  const context = clientSideOptions(options);
  const serverContexts = new ServerContexts(options, moreRoots);
  const clientCertificates = clientCerts ? openClientCertificates(clientCerts, certPassphrase) : undefined;
  // Report an unusable certificate at start-up.
  if (clientCertificates?.only) serverContexts.get(clientCertificates.only);
  return {
    leaves: new LeafCache(authority, {
      context,
      secrets,
      ...(authority && { own: CustomCertificates.read(certs, certPassphrase, authority.key, context) }),
    }),
    clients: new ClientHandshakes(keyLog, requestClientCert),
    sessions: new UpstreamSessions(),
    known: new KnownServers(options.serverIdentityTtl),
    serverContexts,
    clientCertificates,
    keyLog,
  };
}
