/** Numbers of one type for many entries. They are stored in chunks, so growing copies nothing and wastes little memory. */
export class NumberColumn {
  private readonly chunks: (Uint32Array | Float64Array | Int32Array)[] = [];

  /** @param width number of values per entry */
  constructor(
    private readonly type: typeof Uint32Array | typeof Float64Array | typeof Int32Array,
    private readonly width = 1,
  ) {}

  /** Whether columns with this number of entries have to grow before another is added. */
  static isFull(size: number): boolean {
    return (size & LAST) === 0;
  }

  /** Adds a chunk. Entries are added in order. */
  grow(): void {
    this.chunks.push(new this.type(CHUNK * this.width));
  }

  /** Sets all values of an entry. */
  setAll(entry: number, values: Uint32Array): void {
    const chunk = this.chunks[entry >> BITS]!;
    const start = (entry & LAST) * this.width;
    for (let place = 0; place < this.width; place++) chunk[start + place] = values[place]!;
  }

  get(entry: number, place = 0): number {
    return this.chunks[entry >> BITS]![(entry & LAST) * this.width + place]!;
  }

  set(entry: number, value: number, place = 0): void {
    this.chunks[entry >> BITS]![(entry & LAST) * this.width + place] = value;
  }
}

const BITS = 12;
/** Number of entries in a chunk. */
const CHUNK = 1 << BITS;
const LAST = CHUNK - 1;
