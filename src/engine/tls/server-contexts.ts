import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { BoundedMap } from '../../flow/bounded-map.js';
import type { EngineOptions } from '../options.js';
import { contextWith, hasServerSettings, serverSideOptions } from './tls-options.js';
import type { ClientCertificate } from './upstream/client-certificates.js';

/** Maximum number of contexts with a client certificate. */
const CAPACITY = 100;

/** Secure contexts for server connections: a shared one, and one for each client certificate. */
export class ServerContexts {
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
  get(certificate: ClientCertificate | undefined): SecureContext {
    this.settings ??= serverSideOptions(this.options, this.moreRoots?.());
    if (!certificate) {
      this.plain ??= createSecureContext(this.settings);
      return this.plain;
    }
    const { id, file } = certificate;
    const known = this.withCertificate.use(id);
    if (known) return known;
    const context = contextWith('server', this.settings, certificate, `client_certs: ${file}`);
    this.withCertificate.set(id, context);
    return context;
  }
}
