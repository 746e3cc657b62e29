const CHUNK = 1 << 16;

/** The place of a flow: the number of its file, and the offset of its record. */
export interface FlowPosition {
  file: number;
  offset: number;
}

/** Consecutive entries of the same file and the same input. */
interface Run extends Pick<FlowPosition, 'file'> {
  first: number;
  input: number;
}

/** An index of many flows by their start time, in 20 bytes each: 8 for the time, 8 for the offset, 4 for the order. */
export class FlowIndex {
  private readonly times: Float64Array[] = [];
  private readonly offsets: Float64Array[] = [];
  private readonly runs: Run[] = [];
  private count = 0;

  /** @param input flows with the same start time are ordered by input, then as they were added */
  add(time: number, { file, offset }: FlowPosition, input: number): void {
    const last = this.runs.at(-1);
    if (last?.file !== file || last.input !== input) this.runs.push({ first: this.count, file, input });
    const at = this.count % CHUNK;
    if (at === 0) {
      this.times.push(new Float64Array(CHUNK));
      this.offsets.push(new Float64Array(CHUNK));
    }
    this.times.at(-1)![at] = Number.isNaN(time) ? 0 : time;
    this.offsets.at(-1)![at] = offset;
    this.count++;
  }

  get size(): number {
    return this.count;
  }

  /** The places of all flows, ordered by start time. */
  *sorted(): Generator<FlowPosition> {
    const order = Uint32Array.from({ length: this.count }, (_zero, entry) => entry);
    order.sort((one, other) => this.compare(one, other));
    for (const entry of order) {
      const offset = this.offsets[Math.floor(entry / CHUNK)]![entry % CHUNK]!;
      yield { file: this.runOf(entry).file, offset };
    }
  }

  private compare(one: number, other: number): number {
    const difference = this.time(one) - this.time(other);
    return difference || this.runOf(one).input - this.runOf(other).input || one - other;
  }

  private time(entry: number): number {
    return this.times[Math.floor(entry / CHUNK)]![entry % CHUNK]!;
  }

  private runOf(entry: number): Run {
    let low = 0;
    let high = this.runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.runs[middle]!.first <= entry) low = middle;
      else high = middle - 1;
    }
    return this.runs[low]!;
  }
}
