import { hashOf } from '../../flow/text/hash.js';

/** Number of hashes to keep when the set is shrunk; the standard error of the estimate is about 1/√KEPT = 1.6 %. */
const KEPT = 4096;
/** A power of two. */
const RECENT = 256;
const RANGE = 2 ** 53;

/**
 * Counts distinct strings in bounded memory: exactly up to 8,192, then estimated from the density of the smallest hashes
 * (k minimum values: Bar-Yossef et al., RANDOM 2002).
 */
export class Distinct {
  private readonly hashes = new Set<number>();
  /** Only hashes below this value are kept. */
  private bound = RANGE;
  /** Texts that were added lately, each in a slot by its first characters. */
  private readonly recent = new Array<string>(RECENT).fill('');

  add(text: string): void {
    // Most flows have the connection of a recent one.
    const slot =
      (Math.imul(text.charCodeAt(0), 31) + Math.imul(text.charCodeAt(1), 7) + text.charCodeAt(2)) & (RECENT - 1);
    if (text === this.recent[slot]) return;
    this.recent[slot] = text;
    const hash = hashOf('', text);
    if (hash >= this.bound) return;
    this.hashes.add(hash);
    if (this.hashes.size > 2 * KEPT) this.shrink();
  }

  get exact(): boolean {
    return this.bound === RANGE;
  }

  get count(): number {
    if (this.exact) return this.hashes.size;
    return Math.round((this.hashes.size / this.bound) * RANGE);
  }

  private shrink(): void {
    const sorted = Float64Array.from(this.hashes).sort();
    this.bound = sorted[KEPT]!;
    this.hashes.clear();
    for (const hash of sorted.subarray(0, KEPT)) this.hashes.add(hash);
  }
}
