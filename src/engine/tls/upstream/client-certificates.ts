import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BoundedMap } from '../../../flow/bounded-map.js';
import { hostKey } from '../../../flow/text/host-name.js';
import { TlsOptionError } from '../tls-errors.js';
import { PemError, parsePemIdentity } from '../x509/pem-identity.js';

/** A certificate for servers that request one. */
export interface ClientCertificate {
  readonly file: string;
  /** Unique for each file content; see `SessionScope`. */
  readonly id: string;
  /** PEM, followed by its chain. */
  readonly cert: string;
  readonly key: string;
}

/** The certificates of `client_certs`. */
export interface ClientCertificates {
  /** The certificate for all servers, if there is only one. */
  readonly only?: ClientCertificate;
  /**
   * The certificate for a server.
   * @param name its SNI, or its host without one
   * @throws TlsOptionError naming the unusable file
   */
  for(name: string): ClientCertificate | undefined | Promise<ClientCertificate | undefined>;
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
    throw unreadable(path, error);
  }
  const certificate = parse(text, path, passphrase);
  return { only: certificate, for: () => certificate };
}

/** Maximum number of parsed files, cached by content: parsing is the slow part. */
const CAPACITY = 100;

class Folder implements ClientCertificates {
  private readonly parsed = new BoundedMap<string, ClientCertificate>(CAPACITY);

  constructor(
    private readonly path: string,
    private readonly passphrase: string | undefined,
  ) {}

  async for(name: string): Promise<ClientCertificate | undefined> {
    if (name.startsWith('.') || /[/\\\0]/.test(name)) return undefined;
    const file = join(this.path, `${hostKey(name)}.pem`);
    let text: string;
    try {
      text = await readFile(file, 'latin1');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw unreadable(file, error);
    }
    const id = idOf(text);
    let certificate = this.parsed.use(id);
    if (!certificate) {
      certificate = parse(text, file, this.passphrase);
      this.parsed.set(id, certificate);
    }
    return certificate;
  }
}

function parse(text: string, file: string, passphrase: string | undefined): ClientCertificate {
  try {
    const { key, certificates } = parsePemIdentity(text, passphrase);
    return {
      file,
      id: idOf(text),
      cert: certificates.map(String).join(''),
      key: key.export({ type: 'pkcs8', format: 'pem' }) as string,
    };
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    throw new TlsOptionError('client_certs', `${file} ${error.message}`);
  }
}

function unreadable(path: string, error: unknown): TlsOptionError {
  return new TlsOptionError('client_certs', `${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
}

function idOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
