import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BoundedMap } from '../../../flow/bounded-map.js';
import { hostKey } from '../../../flow/text/host-name.js';
import { type CertificateFile, contentId, parseCertificateFile, unreadableFile } from '../certificate-file.js';

/** The certificates of `client_certs`. */
export interface ClientCertificates {
  /** The certificate for all servers, if there is only one. */
  readonly only?: CertificateFile;
  /**
   * The certificate for a server.
   * @param name its SNI, or its host without one
   * @throws TlsOptionError naming the unusable file
   */
  for(name: string): CertificateFile | undefined | Promise<CertificateFile | undefined>;
}

/**
 * Opens one PEM file for all servers, or a folder with a file `NAME.pem` for each, which is read on demand.
 * @param passphrase of encrypted keys
 * @throws TlsOptionError
 */
export function openClientCertificates(path: string, passphrase: string | undefined): ClientCertificates {
  let text: string;
  try {
    if (statSync(path).isDirectory()) return new Folder(path, passphrase);
    text = readFileSync(path, 'latin1');
  } catch (error) {
    throw unreadableFile('client_certs', path, error);
  }
  const certificate = parseCertificateFile('client_certs', { path, text }, passphrase);
  return { only: certificate, for: () => certificate };
}

/** Maximum number of parsed files, cached by content: parsing is the slow part. */
const CAPACITY = 100;

class Folder implements ClientCertificates {
  private readonly parsed = new BoundedMap<string, CertificateFile>(CAPACITY);

  constructor(
    private readonly path: string,
    private readonly passphrase: string | undefined,
  ) {}

  async for(name: string): Promise<CertificateFile | undefined> {
    if (name.startsWith('.') || /[/\\\0]/.test(name)) return undefined;
    const file = join(this.path, `${hostKey(name)}.pem`);
    let text: string;
    try {
      text = await readFile(file, 'latin1');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw unreadableFile('client_certs', file, error);
    }
    const id = contentId(text);
    let certificate = this.parsed.use(id);
    if (!certificate) {
      certificate = parseCertificateFile('client_certs', { path: file, text }, this.passphrase);
      this.parsed.set(id, certificate);
    }
    return certificate;
  }
}
