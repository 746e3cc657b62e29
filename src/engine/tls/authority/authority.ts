import { generateKeyPairSync } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../../flow/make-folder.js';
import { systemErrorText } from '../../../flow/system-error.js';
import { type AuthorityFiles, authorityPem, createAuthority, exportAuthority, isOurs } from './authority-files.js';
import { type Authority, AuthorityError, parseAuthority } from './authority-pem.js';

export { type Authority, AuthorityError } from './authority-pem.js';

export interface AuthorityOptions {
  /** Bits of the RSA key of a new authority. */
  keySize?: number;
  /** Passphrase of an encrypted key. */
  passphrase?: string;
}

const KEY_SIZE = 2048;

/** An authority, and the facts about its files to report to the user. */
export interface LoadedAuthority extends Authority {
  /** Path of the certificate that clients have to trust, if the authority is new. */
  readonly created: string | undefined;
  /** Path of the file with only its certificate; undefined if the file is missing. */
  readonly certificateFile: string | undefined;
  /** Files with its key that other users can access, with their modes. */
  readonly exposed: readonly { file: string; mode: number }[];
}

/**
 * Loads the authority in a folder: `tsdump-ca.pem`, or else `mitmproxy-ca.pem`. If neither exists, creates a new one and writes
 * the files for import by clients next to it. Concurrent processes end up with the same authority.
 * @throws AuthorityError with one sentence that includes the remedy
 */
export async function loadAuthority(confdir: string, options: AuthorityOptions = {}): Promise<LoadedAuthority> {
  const own = filesIn(confdir, 'tsdump');
  const borrowed = filesIn(confdir, 'mitmproxy');
  const { authority, isNew } = await find(confdir, own, borrowed, options);
  const { ca, caP12, certPem } = authority.file === own.ca ? own : borrowed;
  const certificateFile = (await read(certPem)) === undefined ? undefined : certPem;
  const exposed = await exposedFiles([ca, caP12]);
  return { ...authority, created: isNew ? own.certPem : undefined, certificateFile, exposed };
}

/** A new authority in memory for one run. Its P-256 key takes no noticeable time. */
export function ephemeralAuthority(): LoadedAuthority {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const authority = parseAuthority(authorityPem(privateKey), 'The CA of this run');
  return { ...authority, created: undefined, certificateFile: undefined, exposed: [] };
}

interface Found {
  authority: Authority;
  isNew: boolean;
}

async function find(
  confdir: string,
  own: AuthorityFiles,
  borrowed: AuthorityFiles,
  options: AuthorityOptions,
): Promise<Found> {
  const text = await read(own.ca);
  if (text === undefined) {
    const borrowedText = await read(borrowed.ca);
    if (borrowedText === undefined) return create(confdir, own, options);
    return { authority: parseAuthority(borrowedText, borrowed.ca, options.passphrase), isNew: false };
  }
  const authority = parseAuthority(text, own.ca, options.passphrase);
  await checkExported(own, authority);
  if (isOurs(authority)) await exportAuthority(own, text, authority, 'if possible');
  return { authority, isNew: false };
}

async function create(confdir: string, files: AuthorityFiles, options: AuthorityOptions): Promise<Found> {
  try {
    await makeFolder(confdir, 0o700);
    const leftover = (await readdir(confdir)).find((name) => name.startsWith('tsdump-ca'));
    const isNew = leftover === undefined && (await createAuthority(files, options.keySize ?? KEY_SIZE));
    // The file may exist in spite of a leftover, if another process has just created it.
    const text = await read(files.ca);
    if (text === undefined) throw leftoverError(confdir, files, leftover);
    const authority = parseAuthority(text, files.ca, options.passphrase);
    await exportAuthority(files, text, authority, 'always');
    return { authority, isNew };
  } catch (error) {
    if (error instanceof AuthorityError) throw error;
    throw new AuthorityError(
      `Cannot create a CA in ${confdir}: ${systemErrorText(error)}; make the folder writable, or set confdir to another one`,
    );
  }
}

/** File modes have no meaning on Windows. */
async function exposedFiles(files: readonly string[]): Promise<{ file: string; mode: number }[]> {
  const exposed: { file: string; mode: number }[] = [];
  if (process.platform === 'win32') return exposed;
  for (const file of files) {
    const mode = await stat(file).then(
      (found) => found.mode & 0o777,
      () => 0,
    );
    if (mode & 0o077) exposed.push({ file, mode });
  }
  return exposed;
}

function leftoverError(confdir: string, files: AuthorityFiles, leftover: string | undefined): AuthorityError {
  return new AuthorityError(
    `${files.ca} is missing, but ${leftover} is still in ${confdir}: put the file back, or remove all tsdump-ca files to create a new CA`,
  );
}

/**
 * The exported certificates must match the signing one. A mismatch, after only one of the files was replaced, would be hard to
 * diagnose.
 */
async function checkExported(files: AuthorityFiles, authority: Authority): Promise<void> {
  for (const file of [files.certPem, files.certCer]) {
    const text = await read(file);
    if (text === undefined || samePem(text, authority.certificatePem)) continue;
    throw new AuthorityError(
      `${file} does not hold the certificate of ${files.ca}: remove all other tsdump-ca files to recreate them, or restore the CA that the clients trust`,
    );
  }
}

function samePem(left: string, right: string): boolean {
  return left.replace(/\s/g, '').includes(right.replace(/\s/g, ''));
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'latin1');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new AuthorityError(
      `${file} cannot be read: ${systemErrorText(error)}; make it readable, or set confdir to another folder`,
    );
  }
}

function filesIn(confdir: string, prefix: string): AuthorityFiles {
  return {
    ca: join(confdir, `${prefix}-ca.pem`),
    caP12: join(confdir, `${prefix}-ca.p12`),
    certPem: join(confdir, `${prefix}-ca-cert.pem`),
    certCer: join(confdir, `${prefix}-ca-cert.cer`),
    certP12: join(confdir, `${prefix}-ca-cert.p12`),
  };
}
