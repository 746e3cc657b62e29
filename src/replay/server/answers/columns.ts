/** Numbers of one kind for many entries, in chunks, so that growing copies nothing and wastes little. */
export class Column {
  private readonly chunks: (Uint32Array | Float64Array | Int32Array)[] = [];

  /** @param width numbers for each entry */
  constructor(
    private readonly type: typeof Uint32Array | typeof Float64Array | typeof Int32Array,
    private readonly width = 1,
  ) {}

  /** Makes room for an entry; entries are added in order. */
  grow(entry: number): void {
    if ((entry & LAST) === 0) this.chunks.push(new this.type(CHUNK * this.width));
  }

  get(entry: number, place = 0): number {
    return this.chunks[entry >> BITS]![(entry & LAST) * this.width + place]!;
  }

  set(entry: number, value: number, place = 0): void {
    this.chunks[entry >> BITS]![(entry & LAST) * this.width + place] = value;
  }
}

const BITS = 12;
/** Entries of a chunk. */
const CHUNK = 1 << BITS;
const LAST = CHUNK - 1;
