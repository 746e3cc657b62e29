/** The median: the mean of the two middle values if their number is even. @throws RangeError without values */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('No values');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The quantile at `part` (0 to 1) by nearest rank. @throws RangeError without values */
export function percentile(values: readonly number[], part: number): number {
  if (values.length === 0) throw new RangeError('No values');
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(part * sorted.length) - 1))]!;
}

/** Collects rounds of contenders and computes their medians for a measurement. */
export class Rounds<Key extends string> {
  readonly rounds: Partial<Record<Key, number[]>> = {};

  /** A value that could not be measured is left out. */
  add(key: Key, value: number | undefined): void {
    if (value === undefined) return;
    const values = this.rounds[key] ?? [];
    this.rounds[key] = values;
    values.push(value);
  }

  get values(): Partial<Record<Key, number>> {
    const medians: Partial<Record<Key, number>> = {};
    for (const key of Object.keys(this.rounds) as Key[]) medians[key] = median(this.rounds[key]!);
    return medians;
  }

  get empty(): boolean {
    return Object.keys(this.rounds).length === 0;
  }
}
