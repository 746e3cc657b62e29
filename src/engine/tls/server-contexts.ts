import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { BoundedMap } from '../../flow/bounded-map.js';
import type { EngineOptions } from '../options.js';
import { contextWith, hasServerSettings, serverSideOptions } from './tls-options.js';
import type { ClientCertificate } from './upstream/client-certificates.js';

/** Contexts with a client certificate that are kept. */
const CAPACITY = 100;

/** What connections to servers are made with: one context for all, and one for each client certificate. */
export class ServerContexts {
  private settings: SecureContextOptions | undefined;
  private plain: SecureContext | undefined;
  private readonly withCertificate = new BoundedMap<string, SecureContext>(CAPACITY);

  /** @throws TlsOptionError */
  constructor(private readonly options: EngineOptions) {
    // Settings that cannot be used are found at the start; only the usual ones may be put off, as they take a while.
    if (hasServerSettings(options)) this.settings = serverSideOptions(options);
  }

  /** @param certificate is presented to a server that asks for one @throws TlsOptionError if it cannot be */
  get(certificate: ClientCertificate | undefined): SecureContext {
    this.settings ??= serverSideOptions(this.options);
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
