import { createPublicKey, generateKeyPair, type KeyObject, randomUUID } from 'node:crypto';
import { access, link, open, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { keyIdentifier } from '../x509/certificate-reader.js';
import { distinguishedName, extension, signCertificate, toPem } from '../x509/certificate-writer.js';
import { bitString, octetString, oid, sequence, TRUE } from '../x509/der.js';
import { OID } from '../x509/oids.js';
import { type Authority, AuthorityError } from './authority-pem.js';

/** Paths of an authority's files. */
export interface AuthorityFiles {
  /** Key and certificate of the authority. The other files are derived from this one. */
  ca: string;
  caP12: string;
  certPem: string;
  /** The same as `certPem`, with the extension that Android and iOS require. */
  certCer: string;
  certP12: string;
}

const DAY = 24 * 60 * 60 * 1000;
const NAME = distinguishedName({ commonName: 'tsdump', organization: 'tsdump' });
const MIN_KEY_BITS = 1024;
const READ_ONLY = ['EACCES', 'EPERM', 'EROFS'];

/**
 * Creates a new authority, unless the file exists: another process may have created it in the meantime.
 * @returns whether the file was created
 */
export async function createAuthority(files: AuthorityFiles, keySize: number): Promise<boolean> {
  if (keySize < MIN_KEY_BITS) throw new AuthorityError(`Clients reject a CA key of ${keySize} bits: use 2048`);
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: keySize });
  return writeOnce(files.ca, authorityPem(privateKey), 0o600);
}

/** Key and self-signed certificate of a new authority, in PEM form. */
export function authorityPem(privateKey: KeyObject): string {
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const now = Date.now();
  const certificate = signCertificate(
    {
      issuer: NAME,
      subject: NAME,
      notBefore: new Date(now - 2 * DAY),
      notAfter: new Date(now + 10 * 365 * DAY),
      publicKey,
      extensions: [
        extension(OID.basicConstraints, sequence(TRUE), true),
        extension(OID.keyUsage, bitString(Buffer.from([0b0000_0110]), 1), true),
        extension(OID.extendedKeyUsage, sequence(oid(OID.serverAuth))),
        extension(OID.subjectKeyIdentifier, octetString(keyIdentifier(publicKey))),
      ],
    },
    privateKey,
  );
  return `${privateKey.export({ type: 'pkcs8', format: 'pem' })}${toPem(certificate)}`;
}

/**
 * Whether the authority has the subject and the key type of `createAuthority`. Files for import are not written next to an
 * authority of the user.
 */
export function isOurs(authority: Authority): boolean {
  return authority.subject.equals(NAME) && authority.key.asymmetricKeyType === 'rsa';
}

/**
 * Writes the missing files for import by clients.
 * @param text content of the authority's file
 * @param when `if possible` tolerates a read-only folder
 * @throws Error (of `fs`)
 */
export async function exportAuthority(
  files: AuthorityFiles,
  text: string,
  authority: Authority,
  when: 'always' | 'if possible',
): Promise<void> {
  const { certificatePem } = authority;
  const isClear = !text.includes('ENCRYPTED');
  try {
    await writeOnce(files.certPem, certificatePem, 0o644);
    await writeOnce(files.certCer, certificatePem, 0o644);
    await writeOnce(
      files.certP12,
      async () => (await import('../x509/pkcs12.js')).certificateP12(certificatePem),
      0o644,
    );
    if (isClear)
      await writeOnce(files.caP12, async () => (await import('../x509/pkcs12.js')).keyP12(text, certificatePem), 0o600);
  } catch (error) {
    if (when === 'always' || !READ_ONLY.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/**
 * Writes a file unless it exists. It appears under its name only when it is complete and on the disk, and never
 * replaces an existing file: `link` guarantees both, `rename` only the former.
 * @returns whether it was written
 */
async function writeOnce(file: string, content: Content | (() => Promise<Content>), mode: number): Promise<boolean> {
  if (await exists(file)) return false;
  const temporary = join(dirname(file), `.${basename(file)}.${randomUUID()}`);
  const handle = await open(temporary, 'wx', mode);
  try {
    await handle.writeFile(typeof content === 'function' ? await content() : content);
    await handle.sync();
    await link(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await handle.close();
    await unlink(temporary);
  }
}

type Content = string | Buffer;

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
