import type { CertificateForms } from '../addons/onboarding.js';
import { type Authority, AuthorityError, loadAuthority } from '../engine/index.js';
import { ExitCode } from './exit-codes.js';
import { ExitError } from './exit-error.js';
import type { Options } from './options/index.js';

/** The certificate authority of the options' folder, made if there is none. @throws ExitError if it cannot be used */
export async function openAuthority({ confdir, keySize, certPassphrase }: Options): Promise<Authority> {
  try {
    return await loadAuthority(confdir, { keySize, passphrase: certPassphrase });
  } catch (error) {
    throw error instanceof AuthorityError ? new ExitError(ExitCode.start, error.message) : error;
  }
}

/** What clients install of it. */
export function certificateForms({ certificatePem }: Authority): CertificateForms {
  return {
    pem: certificatePem,
    p12: async () => (await import('../engine/tls/pkcs12.js')).certificateP12(certificatePem),
  };
}
