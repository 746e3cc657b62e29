import { createHash } from 'node:crypto';
import { BoundedMap } from '../../flow/bounded-map.js';
import type { Flow } from '../../flow/flow.js';

/** Maximum number of connections whose chains a writer remembers. It writes the chains of other connections again. */
const CONNECTIONS_REMEMBERED = 4096;
/**
 * Maximum number of chains that a reader remembers; larger than the limit of writers, so that a reader knows each chain that a
 * writer has replaced by a hash.
 */
const CHAINS_REMEMBERED = 8192;

/** Decides for a writer of flows whether a certificate chain is written completely, or replaced by a hash. */
export interface ChainRecord {
  /**
   * Decides about the chain of a connection.
   * @returns the SHA-256 of the first certificate, to be written in place of the chain; undefined to write the chain
   */
  leafOnly(connectionId: string, certificates: readonly Buffer[]): Buffer | undefined;
  /** Whether the chain may be replaced by its hash. */
  isWritten(connectionId: string, certificates: readonly Buffer[]): boolean;
}

/** Writes the complete chain with each flow. */
export const WHOLE_CHAINS: ChainRecord = { leafOnly: () => undefined, isWritten: () => false };

/** Tracks the connections whose certificates a writer has written. */
export class WrittenChains implements ChainRecord {
  /** Maximum number of remembered connections. */
  protected readonly limit: number;
  private readonly leaves: BoundedMap<string, Buffer>;
  private readonly hashes = new WeakMap<Buffer, Buffer>();

  /** @param writers number of writers whose flows are in one file */
  constructor(writers = 1) {
    this.limit = Math.min(CONNECTIONS_REMEMBERED, Math.floor(CHAINS_REMEMBERED / writers));
    this.leaves = new BoundedMap(this.limit);
  }

  leafOnly(connectionId: string, certificates: readonly Buffer[]): Buffer | undefined {
    const leaf = this.hash(certificates[0]!);
    if (this.hasLeaf(connectionId, leaf)) return leaf;
    this.leaves.set(connectionId, leaf);
    return undefined;
  }

  isWritten(connectionId: string, certificates: readonly Buffer[]): boolean {
    return this.hasLeaf(connectionId, this.hash(certificates[0]!));
  }

  /**
   * Whether the original metadata of a flow can be copied: each chain is contained in it, or this writer has written the chain
   * before. Otherwise the copy would depend on a record that may not be copied. Registers the contained chains.
   */
  areComplete({ client, server }: Flow, source: { readonly metadata: Buffer }): boolean {
    if (!client.tls && !server.tls) return true;
    const { metadata } = source;
    const chains = [client, server].filter(({ tls }) => tls !== undefined && tls.certificates.length > 0);
    // Metadata has a chain or its hash. Searching for the hash is cheaper, as certificates may be large.
    const contained = chains.filter(({ tls }) => !metadata.includes(this.hash(tls!.certificates[0]!)));
    const wasWritten = ({ id, tls }: Flow['client'] | Flow['server']) => this.isWritten(id, tls!.certificates);
    if (!chains.every((one) => contained.includes(one) || wasWritten(one))) return false;
    for (const { id, tls } of contained) this.leafOnly(id, tls!.certificates);
    return true;
  }

  /** Forgets all chains, so that they are written again. */
  clear(): void {
    this.leaves.clear();
  }

  private hasLeaf(connectionId: string, leaf: Buffer): boolean {
    return this.leaves.get(connectionId)?.equals(leaf) === true;
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

/** Remembers the chains that a reader has read. */
export class ReadChains {
  private readonly chains = new BoundedMap<string, Buffer[]>(CHAINS_REMEMBERED);
  private readonly kept = new WeakSet<readonly Buffer[]>();

  /** Registers the chains of a flow. Later flows of its connections refer to them by a hash. */
  keep({ client, server }: Flow): void {
    for (const { tls } of [client, server]) {
      if (!tls || tls.certificates.length === 0 || this.kept.has(tls.certificates)) continue;
      this.kept.add(tls.certificates);
      this.intern(tls.certificates);
    }
  }

  /** The chain that a hash replaces. */
  find(leaf: Buffer): Buffer[] | undefined {
    return this.chains.get(leaf.toString('latin1'));
  }

  /** Registers a chain. @returns its single copy, which does not keep the memory of the input alive */
  intern(certificates: readonly Buffer[]): Buffer[] {
    const leaf = sha256(certificates[0]!);
    let chain = this.find(leaf);
    const same = chain?.length === certificates.length && chain.every((one, at) => one.equals(certificates[at]!));
    if (!chain || !same) chain = certificates.map((one) => Buffer.from(one));
    this.chains.set(leaf.toString('latin1'), chain);
    return chain;
  }
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
