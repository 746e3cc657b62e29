import { createPublicKey, generateKeyPair, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

/** P-256 for nearly all clients; RSA for clients whose ClientHello rules out ECDSA. */
export type KeyType = 'ec' | 'rsa';

export interface LeafKey {
  /** DER of the SubjectPublicKeyInfo. */
  publicKey: Buffer;
  /** PKCS#8. */
  privatePem: string;
}

const RSA_BITS = 2048;

/**
 * The keys shared by all leaves of a process. They never touch the disk, and differ from the authority's key, so a key
 * extracted from a TLS server can never sign.
 */
export class LeafKeys {
  private readonly ec = leafKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  private rsa: LeafKey | Promise<LeafKey> | undefined;

  /** The key of this type; a promise only while the RSA key is being generated, which is slow. */
  get(type: KeyType): LeafKey | Promise<LeafKey> {
    if (type === 'ec') return this.ec;
    this.rsa ??= this.generateRsa();
    return this.rsa;
  }

  private async generateRsa(): Promise<LeafKey> {
    try {
      const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS });
      const key = leafKey(privateKey);
      this.rsa = key;
      return key;
    } catch (error) {
      this.rsa = undefined;
      throw error;
    }
  }
}

function leafKey(privateKey: KeyObject): LeafKey {
  return {
    publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}
