import { createPublicKey, generateKeyPair, generateKeyPairSync } from 'node:crypto';
import { promisify } from 'node:util';

/** The type of a leaf's key: P-256, or RSA for clients that do not accept ECDSA. */
export type KeyType = 'ec' | 'rsa';

export interface LeafKey {
  /** DER of the SubjectPublicKeyInfo. */
  publicKey: Buffer;
  /** PKCS#8. */
  privatePem: string;
}

/**
 * Secrets of TLS with clients. Engines with the same secrets present leaves with the same key, and resume each other's
 * sessions.
 */
export interface TlsSecrets {
  /** 48 random bytes, see `tls.createServer`. */
  readonly ticketKeys: Buffer;
  /** The P-256 key of leaves in PEM form (PKCS#8). */
  readonly ecKey: string;
  /** Returns the RSA key of leaves in PEM form; called when a client needs it. */
  readonly rsaKey: () => Promise<string>;
}

const RSA_BITS = 2048;

/**
 * The keys shared by all leaves. They are never written to disk, and differ from the authority's key: a leaf key cannot sign
 * certificates.
 */
export class LeafKeys {
  private readonly ec: LeafKey;
  private readonly makeRsa: () => Promise<string>;
  private rsa: LeafKey | Promise<LeafKey> | undefined;

  constructor(secrets?: TlsSecrets) {
    this.ec = leafKey(secrets?.ecKey ?? makeEcKey());
    this.makeRsa = secrets?.rsaKey ?? makeRsaKey;
  }

  /** The key of this type; a promise only while the RSA key is being generated, which is slow. */
  get(type: KeyType): LeafKey | Promise<LeafKey> {
    if (type === 'ec') return this.ec;
    this.rsa ??= this.generateRsa();
    return this.rsa;
  }

  private async generateRsa(): Promise<LeafKey> {
    try {
      const key = leafKey(await this.makeRsa());
      this.rsa = key;
      return key;
    } catch (error) {
      this.rsa = undefined;
      throw error;
    }
  }
}

/** A new P-256 key in PEM form. */
export function makeEcKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

/** A new RSA key in PEM form, which takes a while. */
export async function makeRsaKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

function leafKey(privatePem: string): LeafKey {
  return { publicKey: createPublicKey(privatePem).export({ type: 'spki', format: 'der' }), privatePem };
}
