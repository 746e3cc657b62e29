import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { BoundedMap } from '../../flow/bounded-map.js';
import type { EngineOptions } from '../options.js';
import type { Authority } from './authority/authority.js';
import { CustomCertificates } from './authority/custom-certificates.js';
import { LeafCache } from './authority/leaf-cache.js';
import type { TlsSecrets } from './authority/leaf-keys.js';
import type { CertificateFile } from './certificate-file.js';
import { ClientHandshakes } from './client-handshakes.js';
import { enabledSuites } from './client-hello/enabled-suites.js';
import type { KeyLog } from './key-log.js';
import { TlsOptionError } from './tls-errors.js';
import { clientSideOptions, contextWith, hasServerSettings, serverSideOptions } from './tls-options.js';
import { type ClientCertificates, openClientCertificates } from './upstream/client-certificates.js';
import { KnownServers } from './upstream/known-servers.js';
import { UpstreamSessions } from './upstream/upstream-sessions.js';

/** Services for TLS interception. Each engine has its own. */
export interface TlsServices {
  readonly leaves: LeafCache;
  readonly clients: ClientHandshakes;
  /** The cipher suites for clients. Undefined without `ciphers_client`: then suites for each key type are among them. */
  readonly enabledSuites: Promise<ReadonlySet<number>> | undefined;
  readonly sessions: UpstreamSessions;
  readonly known: KnownServers;
  readonly serverContexts: ServerContexts;
  /** Undefined if none are configured. */
  readonly clientCertificates: ClientCertificates | undefined;
  readonly keyLog: KeyLog | undefined;
}

/** The members of `EngineServices` for TLS. */
interface TlsParts {
  readonly authority: Authority | undefined;
  readonly keyLog: KeyLog | undefined;
  readonly moreRoots?: (() => string[]) | undefined;
  readonly tlsSecrets?: TlsSecrets | undefined;
}

/** @throws TlsOptionError */
export function createTlsServices(
  options: EngineOptions,
  { authority, keyLog, moreRoots, tlsSecrets }: TlsParts,
): TlsServices {
  const { certs, certPassphrase, clientCerts, requestClientCert, addUpstreamCertsToClientChain, upstreamCert } =
    options;
  if (addUpstreamCertsToClientChain && !upstreamCert) {
    throw new TlsOptionError('add_upstream_certs_to_client_chain', 'needs upstream_cert, which is off');
  }
  const context = clientSideOptions(options);
  const serverContexts = new ServerContexts(options, moreRoots);
  const clientCertificates = clientCerts ? openClientCertificates(clientCerts, certPassphrase) : undefined;
  // Report an unusable certificate at start-up.
  if (clientCertificates?.only) serverContexts.get(clientCertificates.only);
  return {
    leaves: new LeafCache(authority, {
      context,
      secrets: tlsSecrets,
      ...(authority && { own: CustomCertificates.read(certs, certPassphrase, authority.key, context) }),
    }),
    clients: new ClientHandshakes(keyLog, requestClientCert),
    enabledSuites: options.ciphersClient ? enabledSuites(context) : undefined,
    sessions: new UpstreamSessions(),
    known: new KnownServers(options.serverIdentityTtl),
    serverContexts,
    clientCertificates,
    keyLog,
  };
}

/** Maximum number of contexts with a client certificate. */
const CAPACITY = 100;

/** Secure contexts for server connections: a shared one, and one for each client certificate. */
class ServerContexts {
  private settings: SecureContextOptions | undefined;
  private plain: SecureContext | undefined;
  private readonly withCertificate = new BoundedMap<string, SecureContext>(CAPACITY);

  /**
   * @param moreRoots see `EngineServices`
   * @throws TlsOptionError
   */
  constructor(
    private readonly options: EngineOptions,
    private readonly moreRoots?: () => string[],
  ) {
    // Reports invalid settings at start-up. Default settings cannot fail, so their context, which takes a while to create, is
    // created when it is needed.
    if (hasServerSettings(options)) this.settings = serverSideOptions(options, moreRoots?.());
  }

  /** @param certificate for a server that requests one @throws TlsOptionError if it is unusable */
  get(certificate: CertificateFile | undefined): SecureContext {
    this.settings ??= serverSideOptions(this.options, this.moreRoots?.());
    if (!certificate) {
      this.plain ??= createSecureContext(this.settings);
      return this.plain;
    }
    const { id, path } = certificate;
    const known = this.withCertificate.use(id);
    if (known) return known;
    const context = contextWith('server', this.settings, certificate, ['client_certs', path]);
    this.withCertificate.set(id, context);
    return context;
  }
}
