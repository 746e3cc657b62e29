import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';
import { dnsHost, withoutFinalDot } from '../../../flow/text/host-name.js';
import { type CertificateFile, parseCertificateFile, unreadableFile } from '../certificate-file.js';
import { TlsOptionError } from '../tls-errors.js';
import { contextWith } from '../tls-options.js';
import { certificateNames } from '../x509/certificate-names.js';
import type { LeafSubject } from './leaf.js';

/** The certificates of `certs`, by name. */
export class CustomCertificates {
  private readonly byName = new Map<string, CertificateFile>();

  /**
   * @param specs `[DOMAIN=]PATH`; later ones take precedence
   * @param passphrase of encrypted keys
   * @param fallbackKey for certificates whose file has no key
   * @param context the settings of the TLS contexts that use them
   * @throws TlsOptionError naming the file
   */
  static read(
    specs: readonly string[],
    passphrase: string | undefined,
    fallbackKey?: KeyObject,
    context: SecureContextOptions = {},
  ): CustomCertificates {
    const own = new CustomCertificates();
    for (const spec of specs) {
      const [, domain = '*', path = ''] = /^(?:([^/=]+)=)?(.*)$/s.exec(spec) ?? [];
      try {
        const certificate = readOne(path, passphrase, fallbackKey);
        contextWith('client', context, certificate, ['certs', path]);
        own.add(asciiDomain(domain), certificate);
      } catch (error) {
        throw error instanceof TlsOptionError ? new TlsOptionError(error.option, error.reason, spec) : error;
      }
    }
    return own;
  }

  /**
   * Finds the certificate for a connection, in mitmproxy's order: by the common name and the names of the server's certificate,
   * then by the requested host, each also as `*.rest`; last the certificate for all domains.
   */
  find({ commonName, names }: LeafSubject): CertificateFile | undefined {
    if (this.byName.size === 0) return undefined;
    const values = names.map(({ value }) => value);
    for (const name of commonName === undefined ? values : [commonName, ...values]) {
      const found = this.findName(name.toLowerCase());
      if (found) return found;
    }
    return this.byName.get('*');
  }

  private findName(name: string): CertificateFile | undefined {
    const labels = name.split('.');
    for (let at = 0; at < labels.length; at++) {
      const rest = labels.slice(at).join('.');
      const found = this.byName.get(at === 0 ? rest : `*.${rest}`);
      if (found) return found;
    }
    return undefined;
  }

  private add(domain: string, certificate: CertificateFile): void {
    const { commonName, names } = certificateNames(certificate.der);
    const all = [commonName, ...names.map(({ value }) => value), domain];
    for (const name of all) if (name !== undefined) this.byName.set(name.toLowerCase(), certificate);
  }
}

/** The domain may be in Unicode; the star is not part of the name. */
function asciiDomain(domain: string): string {
  if (domain === '*') return domain;
  const [, star = '', name = ''] = /^(\*\.)?(.*)$/s.exec(domain)!;
  const host = dnsHost(name);
  if (host === undefined) throw new TlsOptionError('certs', `${JSON.stringify(domain)} is not a domain`);
  return star + withoutFinalDot(host);
}

function readOne(path: string, passphrase: string | undefined, fallbackKey: KeyObject | undefined): CertificateFile {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch (error) {
    throw unreadableFile('certs', path, error);
  }
  return parseCertificateFile('certs', { path, text }, passphrase, fallbackKey);
}
