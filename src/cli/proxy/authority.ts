import type { CertificateForms } from '../../addons/onboarding.js';
import { type Authority, AuthorityError, type LoadedAuthority, loadAuthority } from '../../engine/index.js';
import type { Log } from '../../flow/log.js';
import type { Options } from '../options/table/index.js';
import { ExitCode } from '../process/exit-codes.js';
import { ExitError } from '../process/exit-error.js';

/** Loads or creates the certificate authority in `confdir`. @throws ExitError if it cannot be used */
export async function openAuthority({ confdir, keySize, certPassphrase }: Options): Promise<LoadedAuthority> {
  try {
    return await loadAuthority(confdir, { keySize, passphrase: certPassphrase });
  } catch (error) {
    throw error instanceof AuthorityError ? new ExitError(ExitCode.start, error.message) : error;
  }
}

/** Logs a new CA and a key that other users can read. */
export function reportAuthority(log: Log, { created, exposed }: LoadedAuthority): void {
  if (created) log.alert(`Created a new CA. Clients have to trust ${created} (see docs/certificates.md).`);
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
