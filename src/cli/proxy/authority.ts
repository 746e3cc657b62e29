import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificateForms } from '../../addons/onboarding.js';
import {
  type Authority,
  AuthorityError,
  ephemeralAuthority,
  type LoadedAuthority,
  loadAuthority,
} from '../../engine/index.js';
import type { Log } from '../../flow/log.js';
import type { Options } from '../options/table/index.js';
import { ExitError } from '../process/exit-error.js';

/**
 * Loads or creates the certificate authority in `confdir`, or creates one for this run only. @throws ExitError if it cannot be
 * used
 */
export async function openAuthority(options: Options): Promise<LoadedAuthority> {
  const { confdir, keySize, certPassphrase, ephemeralCa } = options;
  if (ephemeralCa) return ephemeralAuthority();
  try {
    return await loadAuthority(confdir, { keySize, passphrase: certPassphrase });
  } catch (error) {
    throw error instanceof AuthorityError ? new ExitError('authority-failed', error.message) : error;
  }
}

/**
 * Logs a new CA and a key that other users can read. @param isTrusted whether the only client is a command, which trusts it
 * already
 */
export function reportAuthority(log: Log, { created, exposed }: LoadedAuthority, isTrusted: boolean): void {
  if (created && !isTrusted)
    log.alert(`Created a new CA. Clients have to trust ${created} (see docs/certificates.md).`);
  for (const { file, mode } of exposed) {
    const octal = mode.toString(8).padStart(4, '0');
    log.warn(
      `${file} contains the key of the CA, and other users can read or change it (mode ${octal}): run chmod 600 on it.`,
    );
  }
}

/** The CA certificate in the formats that clients install. */
export function certificateForms({ certificatePem }: Authority): CertificateForms {
  return {
    pem: certificatePem,
    p12: async () => (await import('../../engine/tls/x509/pkcs12.js')).certificateP12(certificatePem),
  };
}

/** The file with the certificate of the CA; if it does not exist, it is written for this run. */
export async function certificateFile({ certificateFile: file, certificatePem }: LoadedAuthority): Promise<string> {
  if (file !== undefined) return file;
  const { makeRunFolder, writeTo } = await import('../command/run-folder.js');
  const folder = makeRunFolder();
  const path = join(folder, 'tsdump-ca-cert.pem');
  writeTo(folder, () => writeFileSync(path, certificatePem));
  return path;
}
