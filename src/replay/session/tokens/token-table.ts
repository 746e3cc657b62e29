const NONE = 0xffffffff;

/**
 * The hashes of values that requests use, with their number of uses, the time of the first, and the response that handed them
 * out: 24 bytes a slot, without the values themselves.
 */
export class TokenTable {
  /** Values, each counted once. */
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

  /** @param time when the request that uses the value began */
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

  /** When the first request that uses the value began; undefined if none does. */
  firstUse(hash: number): number | undefined {
    const slot = this.slotOf(hash);
    return this.hashes[slot] === hash ? this.firsts[slot] : undefined;
  }

  /** How many requests use the value. */
  usesOf(hash: number): number {
    const slot = this.slotOf(hash);
    return this.hashes[slot] === hash ? this.uses[slot]! : 0;
  }

  /** The number of the response that handed the value out first. */
  sourceOf(hash: number): number | undefined {
    const slot = this.slotOf(hash);
    const source = this.hashes[slot] === hash ? this.sources[slot]! : NONE;
    return source === NONE ? undefined : source;
  }

  setSource(hash: number, source: number): void {
    const slot = this.slotOf(hash);
    if (this.hashes[slot] === hash) this.sources[slot] = source;
  }

  /** Removes the values that no response handed out. */
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

  /** The slot of a hash, or the free one where it would be. */
  private slotOf(hash: number): number {
    const { hashes } = this;
    const mask = hashes.length - 1;
    let slot = (hash >>> 0) & mask;
    while (hashes[slot] !== 0 && hashes[slot] !== hash) slot = (slot + 1) & mask;
    return slot;
  }
}
