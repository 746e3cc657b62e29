interface Entry {
  readonly name: string;
  readonly value: string;
}

/** Size that an entry has in addition to its text (RFC 7541 section 4.1). */
export const ENTRY_OVERHEAD = 32;

/** The dynamic table (RFC 7541 section 2.3.2). New entries are added in front; old ones are evicted from the end. */
export class DynamicTable {
  /** Called for each entry that is evicted. */
  onEvict: (name: string, value: string, sequence: number) => void = () => {};
  /** Number of entries added so far: the sequence number of the next one. */
  added = 0;
  private size = 0;
  /** Oldest first. Those before `first` were evicted. */
  private entries: Entry[] = [];
  private first = 0;

  /** @param limit maximum size in bytes */
  constructor(private limit: number) {}

  get length(): number {
    return this.entries.length - this.first;
  }

  /** @param index 0 is the newest entry */
  at(index: number): Entry | undefined {
    return index < this.length ? this.entries[this.entries.length - 1 - index] : undefined;
  }

  /** An entry that is larger than the table empties it (section 4.4). */
  add(name: string, value: string): void {
    const size = name.length + value.length + ENTRY_OVERHEAD;
    this.shrinkTo(this.limit - size);
    if (size > this.limit) return;
    this.entries.push({ name, value });
    this.added++;
    this.size += size;
  }

  resize(limit: number): void {
    this.limit = limit;
    this.shrinkTo(limit);
  }

  private shrinkTo(size: number): void {
    while (this.size > Math.max(size, 0)) {
      const { name, value } = this.entries[this.first]!;
      this.onEvict(name, value, this.added - this.length);
      this.first++;
      this.size -= name.length + value.length + ENTRY_OVERHEAD;
    }
    if (this.first > 64 && this.first * 2 > this.entries.length) {
      this.entries = this.entries.slice(this.first);
      this.first = 0;
    }
  }
}
