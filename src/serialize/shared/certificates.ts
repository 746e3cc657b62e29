import { createHash } from 'node:crypto';
import { BoundedMap } from '../../flow/bounded-map.js';
import type { Flow } from '../../flow/flow.js';

/** Writers repeat a chain at the latest after the chains of so many other connections. */
const CONNECTIONS_REMEMBERED = 4096;
/** Readers know more chains than that, so that they find what a writer left out. */
const CHAINS_REMEMBERED = 8192;

/** Knows of which connections a writer has written the certificates. */
export class WrittenChains {
  private readonly leaves = new BoundedMap<string, Buffer>(CONNECTIONS_REMEMBERED);
  private readonly hashes = new WeakMap<Buffer, Buffer>();

  /** The hash that stands for a chain that was written with the same connection, or undefined: then it has to be. */
  readonly leafOnly = (connectionId: string, certificates: readonly Buffer[]): Buffer | undefined => {
    const leaf = this.hash(certificates[0]!);
    if (this.isWritten(connectionId, leaf)) return leaf;
    this.leaves.set(connectionId, leaf);
    return undefined;
  };

  /**
   * Whether metadata that a flow was read from can be written as it is: each chain stands in it, or was written before,
   * and is not left to a record that may not come along. Takes note of the chains that stand in it.
   */
  areComplete({ client, server }: Flow, metadata: Buffer): boolean {
    if (!client.tls && !server.tls) return true;
    const chains = [client, server].filter(({ tls }) => tls !== undefined && tls.certificates.length > 0);
    // A chain came by its hash or with the metadata. To search for a hash is cheap; certificates have any length.
    const here = chains.filter(({ tls }) => !metadata.includes(this.hash(tls!.certificates[0]!)));
    const before = ({ id, tls }: Flow['client'] | Flow['server']) =>
      this.isWritten(id, this.hash(tls!.certificates[0]!));
    if (!chains.every((one) => here.includes(one) || before(one))) return false;
    for (const { id, tls } of here) this.leafOnly(id, tls!.certificates);
    return true;
  }

  /** Forgets everything, so that all chains are written again. */
  clear(): void {
    this.leaves.clear();
  }

  private isWritten(connectionId: string, leaf: Buffer): boolean {
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

/** Knows the chains that a reader has met. */
export class ReadChains {
  private readonly chains = new BoundedMap<string, Buffer[]>(CHAINS_REMEMBERED);

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
    this.chains.set(leaf.toString('latin1'), chain);
    return chain;
  }
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
