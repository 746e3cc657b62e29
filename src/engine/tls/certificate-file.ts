import { createHash, type KeyObject } from 'node:crypto';
import { systemErrorText } from '../../flow/system-error.js';
import { TlsOptionError } from './tls-errors.js';
import { PemError, parsePemIdentity } from './x509/pem-identity.js';

/** A certificate of the user: the content of a file of `certs` or `client_certs`. */
export interface CertificateFile {
  readonly path: string;
  /** Unique for each file content. */
  readonly id: string;
  readonly der: Buffer;
  /** PEM, followed by its chain. */
  readonly cert: string;
  readonly key: string;
}

type CertificateOption = 'certs' | 'client_certs';

/**
 * @param text the content of the file
 * @param passphrase of an encrypted key
 * @param fallbackKey used if the file has no key
 * @throws TlsOptionError naming the file
 */
export function parseCertificateFile(
  option: CertificateOption,
  { path, text }: { path: string; text: string },
  passphrase: string | undefined,
  fallbackKey?: KeyObject,
): CertificateFile {
  try {
    const { key, certificate, certificates } = parsePemIdentity(text, passphrase, fallbackKey);
    return {
      path,
      id: contentId(text),
      der: certificate.raw,
      cert: certificates.map(String).join(''),
      key: key.export({ type: 'pkcs8', format: 'pem' }) as string,
    };
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    throw new TlsOptionError(option, `${path} ${error.message}`);
  }
}

/** The `id` of a file with this content. */
export function contentId(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

export function unreadableFile(option: CertificateOption, path: string, error: unknown): TlsOptionError {
  return new TlsOptionError(option, `${path} cannot be read: ${systemErrorText(error)}`);
}
