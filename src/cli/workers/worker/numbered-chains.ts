import { BoundedMap } from '../../../flow/bounded-map.js';
import { WrittenChains } from '../../../serialize/shared/certificates.js';

/** Numbers the chains of certificates that a writer writes, and notes which of them a record uses. */
export class NumberedChains extends WrittenChains {
  /** The number of the last chain that was written. */
  private last = 0;
  /** The numbers of the chains of connections. */
  private readonly numbers: BoundedMap<string, number>;
  /** The number of the chain that the record contains, or the oldest that it refers to; 0 if it is unknown. */
  used: number | undefined;
  isContained = false;
  private isCounting = false;

  /** @param writers see `WrittenChains` */
  constructor(writers: number) {
    super(writers);
    this.numbers = new BoundedMap(this.limit);
  }

  /** A record is encoded. Chains of records that are encoded later, after others, have no number. */
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
