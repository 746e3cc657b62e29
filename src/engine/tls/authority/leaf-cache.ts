import { createHash, randomBytes } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { BoundedMap } from '../../../flow/bounded-map.js';
import type { CertificateFile } from '../certificate-file.js';
import type { LeafNames } from '../upstream/server-identity.js';
import { certificateNames } from '../x509/certificate-names.js';
import { toPem } from '../x509/certificate-writer.js';
import type { Authority } from './authority.js';
import type { CustomCertificates } from './custom-certificates.js';
import { BACK_DATED, type LeafSubject, mintLeaf } from './leaf.js';
import { type KeyType, type LeafKey, LeafKeys, type TlsSecrets } from './leaf-keys.js';

export interface LeafRequest extends LeafSubject {
  keyType: KeyType;
  /** DER of certificates to send after the leaf and its own chain. */
  extraChain?: readonly Buffer[];
}

/** A certificate for TLS servers with its key and chain, and the options to build such a server. */
export class Leaf {
  private context: SecureContext | undefined;

  constructor(
    readonly der: Buffer,
    /** For `tls.createServer` and `tls.createSecureContext`, including the cache's own options. */
    readonly contextOptions: Readonly<SecureContextOptions>,
    /**
     * When the cache uses it, in milliseconds since the epoch: until long before the certificate expires. The clock may be set
     * back to a time at which it is not valid yet.
     */
    readonly used: { readonly from: number; readonly until: number },
  ) {}

  /** Created once, on first use: creating it takes as long as the rest of the leaf. */
  get secureContext(): SecureContext {
    this.context ??= createSecureContext(this.contextOptions);
    return this.context;
  }
}

export interface LeafCacheOptions {
  /** Versions, ciphers and other settings of all contexts. */
  context?: SecureContextOptions;
  /** Maximum number of leaves; the least recently used one is dropped first. */
  capacity?: number;
  /** Certificates of the user, which replace minted ones for their names. */
  own?: CustomCertificates;
  /** Secrets shared with other engines; undefined creates new ones. */
  secrets?: TlsSecrets | undefined;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

const ALWAYS = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };

/**
 * Leaf certificates, keyed by all their inputs. Bounded, so that any number of host names uses limited memory. All
 * contexts share their ticket keys, so a client can resume its session with any of them.
 */
export class LeafCache {
  private readonly keys: LeafKeys;
  private readonly leaves: BoundedMap<string, Leaf>;
  private readonly minting = new Map<string, Promise<Leaf>>();
  private readonly context: SecureContextOptions;
  private readonly own: CustomCertificates | undefined;
  private readonly now: () => number;
  /** PEM of the certificates after each leaf. */
  private chain: string | undefined;

  /** @param given undefined for an engine without clients */
  constructor(
    private readonly given: Authority | undefined,
    options: LeafCacheOptions = {},
  ) {
    this.keys = new LeafKeys(options.secrets);
    this.context = { ticketKeys: options.secrets?.ticketKeys ?? randomBytes(48), ...options.context };
    this.leaves = new BoundedMap(options.capacity ?? 500);
    this.own = options.own;
    this.now = options.now ?? Date.now;
  }

  private get authority(): Authority {
    if (!this.given) throw new Error('There is no authority to sign certificates for clients.');
    return this.given;
  }

  get size(): number {
    return this.leaves.size;
  }

  /**
   * Returns a cached leaf or mints one; a promise only while the RSA key is being generated. Concurrent requests share
   * it.
   */
  leafFor(request: LeafRequest): Leaf | Promise<Leaf> {
    const own = this.own?.find(request);
    if (own) return this.ownLeaf(own, request.extraChain);
    const id = identity(request);
    return this.cached(id) ?? this.minting.get(id) ?? this.mint(id, request);
  }

  /** The names of the leaf for a subject. */
  namesFor(subject: LeafSubject): LeafNames {
    const own = this.own?.find(subject);
    return own ? { names: certificateNames(own.der).names, isOwn: true } : { names: subject.names, isOwn: false };
  }

  private ownLeaf(own: CertificateFile, extraChain: readonly Buffer[] | undefined): Leaf {
    const id = `own ${own.id} ${chainIdentity(extraChain)}`;
    const { der, cert, key } = own;
    return (
      this.cached(id) ??
      this.store(id, new Leaf(der, { ...this.context, cert: cert + chainPem(extraChain), key }, ALWAYS))
    );
  }

  private cached(id: string): Leaf | undefined {
    const leaf = this.leaves.use(id);
    const now = this.now();
    return leaf && leaf.used.from <= now && now < leaf.used.until ? leaf : undefined;
  }

  private mint(id: string, request: LeafRequest): Leaf | Promise<Leaf> {
    const key = this.keys.get(request.keyType);
    if (!(key instanceof Promise)) return this.mintWith(key, id, request);
    const minted = key.then((made) => this.mintWith(made, id, request)).finally(() => this.minting.delete(id));
    this.minting.set(id, minted);
    return minted;
  }

  private mintWith(key: LeafKey, id: string, request: LeafRequest): Leaf {
    const now = this.now();
    const { der, notAfter } = mintLeaf(request, key.publicKey, this.authority, now);
    const leaf = toPem(der);
    this.chain ??= this.usableChain(leaf, key.privatePem);
    const cert = leaf + this.chain + chainPem(request.extraChain);
    const used = { from: now - BACK_DATED, until: now + (notAfter.getTime() - now) / 2 };
    return this.store(id, new Leaf(der, { ...this.context, cert, key: key.privatePem }, used));
  }

  /**
   * The authority's chain without certificates that OpenSSL refuses to send as too weak; clients may have those
   * already.
   */
  private usableChain(leaf: string, key: string): string {
    const isUsable = (chain: string): boolean => {
      try {
        createSecureContext({ ...this.context, cert: leaf + chain, key });
        return true;
      } catch {
        return false;
      }
    };
    const { chainPem } = this.authority;
    return isUsable(chainPem)
      ? chainPem
      : chainPem
          .split(/(?=-----BEGIN)/)
          .filter(isUsable)
          .join('');
  }

  private store(id: string, leaf: Leaf): Leaf {
    this.leaves.set(id, leaf);
    return leaf;
  }
}

function identity({ keyType, commonName, organization, names, extraChain }: LeafRequest): string {
  const all = names.map(({ kind, value }) => [kind, value]);
  return JSON.stringify([keyType, commonName, organization, all, chainIdentity(extraChain)]);
}

function chainIdentity(chain: readonly Buffer[] = []): string {
  if (chain.length === 0) return '';
  const hash = createHash('sha256');
  for (const der of chain) hash.update(der);
  return hash.digest('base64');
}

function chainPem(chain: readonly Buffer[] = []): string {
  return chain.map(toPem).join('');
}
