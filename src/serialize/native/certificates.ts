import { createHash } from 'node:crypto';

/** Writers repeat a chain at the latest after the chains of so many other connections. */
const CONNECTIONS_REMEMBERED = 4096;
/** Readers know more chains than that, so that they find what a writer left out. */
const CHAINS_REMEMBERED = 8192;

/** Knows of which connections a writer has written the certificates. */
export class WrittenChains {
  private readonly leaves = new Map<string, Buffer>();
  private readonly hashes = new WeakMap<Buffer, Buffer>();

  /** The hash that stands for a chain that was written with the same connection, or undefined: then it has to be. */
  readonly leafOnly = (connectionId: string, certificates: readonly Buffer[]): Buffer | undefined => {
    const leaf = this.hash(certificates[0]!);
    if (this.leaves.get(connectionId)?.equals(leaf)) return leaf;
    remember(this.leaves, connectionId, leaf, CONNECTIONS_REMEMBERED);
    return undefined;
  };

  /** Forgets everything, so that all chains are written again. */
  clear(): void {
    this.leaves.clear();
  }

  private hash(certificate: Buffer): Buffer {
    let hash = this.hashes.get(certificate);
    if (!hash) {
      hash = sha256(certificate);
      this.hashes.set(certificate, hash);
    }
    return hash;
  }
}

/** Knows the chains that a reader has met. */
export class ReadChains {
  private readonly chains = new Map<string, Buffer[]>();

  /** The chain that a hash stands for. */
  find(leaf: Buffer): Buffer[] | undefined {
    return this.chains.get(leaf.toString('latin1'));
  }

  /** Takes note of a chain. @returns the one copy of it, which does not keep alive what it was read from */
  intern(certificates: readonly Buffer[]): Buffer[] {
    const leaf = sha256(certificates[0]!);
    let chain = this.find(leaf);
    const same = chain?.length === certificates.length && chain.every((one, at) => one.equals(certificates[at]!));
    if (!chain || !same) chain = certificates.map((one) => Buffer.from(one));
    remember(this.chains, leaf.toString('latin1'), chain, CHAINS_REMEMBERED);
    return chain;
  }
}

/** Puts an entry last in a map in which the oldest are forgotten. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value, limit: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > limit) map.delete(map.keys().next().value!);
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
