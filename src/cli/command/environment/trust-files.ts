import { createHash, type X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { readCertificate } from '../../../engine/tls/x509/certificate-reader.js';
import { subjectHash } from '../../../engine/tls/x509/subject-hash.js';
import { type Certificates, certificatesOf, defaultRoots, pemOf } from './certificates.js';
import { trustStore } from './jks.js';

/** The folder in which OpenSSL finds the system's certificates by their hashes, on most systems. */
const SYSTEM_FOLDER = '/etc/ssl/certs';

/** The password of trust stores that Java itself uses. */
export const TRUST_STORE_PASSWORD = 'changeit';

/** Files that make programs trust our CA. Their names are derived from their content; they hold no secrets. */
export class TrustFiles {
  private readonly own: string;
  private roots: Certificates | undefined;
  /** Paths of bundles, by the user's file and the kind. */
  private readonly bundles = new Map<string, string>();

  /**
   * @param dir their folder, which exists
   * @param authority the certificate of our CA
   */
  constructor(
    private readonly dir: string,
    private readonly authority: X509Certificate,
  ) {
    this.own = authority.raw.toString('base64');
  }

  /**
   * A PEM file for a setting that replaces the certificates that a program trusts.
   * @param before the file that the user has set; without a readable file, the default roots are used
   */
  replacing(before: string | undefined): string {
    return this.bundle(`replacing ${before}`, () => (before && certificatesOf(before)) || this.usualRoots());
  }

  /** A PEM file for a setting that adds to the certificates that a program trusts. @param before the user's file */
  adding(before: string | undefined): string {
    return this.bundle(`adding ${before}`, () => (before && certificatesOf(before)) || new Set());
  }

  /** Folders for OpenSSL, separated as in `PATH`. @param before the user's folders */
  folders(before: string | undefined): string {
    const dir = join(this.dir, 'certs');
    mkdirSync(dir, { recursive: true, mode: 0o755 });
    const fields = readCertificate(this.authority.raw);
    const hash = fields && subjectHash(fields.subject);
    if (hash) this.write(join('certs', `${hash}.0`), this.authority.toString());
    const others = (before || SYSTEM_FOLDER).split(delimiter).filter((folder) => folder !== dir && existsSync(folder));
    return [dir, ...others].join(delimiter);
  }

  /** A trust store for Java with the default roots and our CA. */
  javaTrustStore(): string {
    const certificates = Array.from(new Set([this.own, ...this.usualRoots()]), (base64) =>
      Buffer.from(base64, 'base64'),
    );
    // A fixed time gives the same file each time.
    return this.named('trust', '.jks', trustStore(certificates, TRUST_STORE_PASSWORD, 0));
  }

  /** Writes a settings file for a program. @returns its path */
  settings(name: string, content: string, mode = 0o644): string {
    const digest = digestOf(content);
    const folder = `${name}-${digest}`;
    mkdirSync(join(this.dir, folder), { recursive: true, mode: 0o755 });
    return this.write(join(folder, name), content, mode);
  }

  private bundle(key: string, others: () => Certificates): string {
    let path = this.bundles.get(key);
    if (path === undefined) {
      path = this.named('trust', '.pem', pemOf(new Set([this.own, ...others()])));
      this.bundles.set(key, path);
    }
    return path;
  }

  private usualRoots(): Certificates {
    this.roots ??= defaultRoots();
    return this.roots;
  }

  private named(stem: string, ending: string, content: string | Buffer): string {
    return this.write(`${stem}-${digestOf(content)}${ending}`, content);
  }

  /** Renames the complete file into place, because other processes may read it at any time. */
  private write(name: string, content: string | Buffer, mode = 0o644): string {
    const path = join(this.dir, name);
    if (existsSync(path)) return path;
    const temporary = `${path}.${process.pid}`;
    writeFileSync(temporary, content, { mode });
    renameSync(temporary, path);
    return path;
  }
}

function digestOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}
