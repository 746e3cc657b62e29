import { BoundedMap } from '../../../flow/bounded-map.js';
import { WrittenChains } from '../../../serialize/shared/certificates.js';

/** Numbers the certificate chains that a writer writes, and notes the chains that a record contains or refers to. */
export class NumberedChains extends WrittenChains {
  /** The number of the last written chain. */
  private last = 0;
  /** Chain numbers by connection id. */
  private readonly numbers: BoundedMap<string, number>;
  /** The number of the chain that the record contains, or of the oldest chain that it refers to; 0 if that is unknown. */
  used: number | undefined;
  isContained = false;
  private isCounting = false;

  /** @param writers see `WrittenChains` */
  constructor(writers: number) {
    super(writers);
    this.numbers = new BoundedMap(this.limit);
  }

  /**
   * Begins a record. Until `end`, written chains are numbered. Chains of a record that is encoded later get the number 0, as
   * other records may have been written before it.
   */
  begin(): void {
    this.used = undefined;
    this.isContained = false;
    this.isCounting = true;
  }

  end(): void {
    this.isCounting = false;
  }

  override leafOnly(connectionId: string, certificates: readonly Buffer[]): Buffer | undefined {
    const leaf = super.leafOnly(connectionId, certificates);
    if (leaf) this.refer(connectionId);
    else this.contain(connectionId);
    return leaf;
  }

  override isWritten(connectionId: string, certificates: readonly Buffer[]): boolean {
    const isWritten = super.isWritten(connectionId, certificates);
    if (isWritten) this.refer(connectionId);
    return isWritten;
  }

  private contain(connectionId: string): void {
    this.used = this.isCounting ? ++this.last : 0;
    this.numbers.set(connectionId, this.used);
    this.isContained = true;
  }

  private refer(connectionId: string): void {
    if (this.isContained) return;
    const number = this.numbers.get(connectionId) ?? 0;
    this.used = Math.min(this.used ?? number, number);
  }
}
