const NONE = 0xffffffff;

/**
 * A hash table of values that requests use. A slot has the number of uses, the time of the first use, and the response that
 * issued the value. It takes 24 bytes, without the value itself.
 */
export class UseTable {
  /** Number of different values. */
  size = 0;
  private hashes: Float64Array;
  private firsts: Float64Array;
  private uses: Uint32Array;
  private sources: Uint32Array;

  /** @param slots a power of two */
  constructor(slots = 1024) {
    this.hashes = new Float64Array(slots);
    this.firsts = new Float64Array(slots);
    this.uses = new Uint32Array(slots);
    this.sources = new Uint32Array(slots).fill(NONE);
  }

  /** @param time start of the request that uses the value */
  addUse(hash: number, time: number): void {
    const slot = this.slotOf(hash);
    if (this.hashes[slot] === hash) {
      this.uses[slot]!++;
      if (time < this.firsts[slot]!) this.firsts[slot] = time;
      return;
    }
    this.insert(slot, hash, time, 1, NONE);
    if (this.size * 3 > this.hashes.length * 2) this.resize(this.hashes.length * 2);
  }

  /** Start of the first request that uses the value; undefined without a use. */
  firstUse(hash: number): number | undefined {
    const slot = this.slotOf(hash);
    return this.hashes[slot] === hash ? this.firsts[slot] : undefined;
  }

  /** The number of requests that use the value. */
  usesOf(hash: number): number {
    const slot = this.slotOf(hash);
    return this.hashes[slot] === hash ? this.uses[slot]! : 0;
  }

  /** The number of the first response that issued the value. */
  sourceOf(hash: number): number | undefined {
    const slot = this.slotOf(hash);
    const source = this.hashes[slot] === hash ? this.sources[slot]! : NONE;
    return source === NONE ? undefined : source;
  }

  setSource(hash: number, source: number): void {
    const slot = this.slotOf(hash);
    if (this.hashes[slot] === hash) this.sources[slot] = source;
  }

  /** Removes values that were not issued. */
  compact(): void {
    let kept = 0;
    for (const source of this.sources) if (source !== NONE) kept++;
    let slots = 1024;
    while (kept * 3 > slots * 2) slots *= 2;
    this.resize(slots, (source) => source !== NONE);
  }

  private resize(slots: number, keeps: (source: number) => boolean = () => true): void {
    const { hashes, firsts, uses, sources } = this;
    this.hashes = new Float64Array(slots);
    this.firsts = new Float64Array(slots);
    this.uses = new Uint32Array(slots);
    this.sources = new Uint32Array(slots).fill(NONE);
    this.size = 0;
    for (let slot = 0; slot < hashes.length; slot++) {
      const hash = hashes[slot]!;
      if (hash === 0 || !keeps(sources[slot]!)) continue;
      this.insert(this.slotOf(hash), hash, firsts[slot]!, uses[slot]!, sources[slot]!);
    }
  }

  private insert(slot: number, hash: number, first: number, uses: number, source: number): void {
    this.hashes[slot] = hash;
    this.firsts[slot] = first;
    this.uses[slot] = uses;
    this.sources[slot] = source;
    this.size++;
  }

  /** The slot of a hash, or the free slot where it would be added. */
  private slotOf(hash: number): number {
    const { hashes } = this;
    const mask = hashes.length - 1;
    let slot = (hash >>> 0) & mask;
    while (hashes[slot] !== 0 && hashes[slot] !== hash) slot = (slot + 1) & mask;
    return slot;
  }
}
