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
  private readonly dropped = new Set<Key>();

  /** A value that could not be measured is left out. */
  add(key: Key, value: number | undefined): void {
    if (value === undefined || !Number.isFinite(value) || this.dropped.has(key)) return;
    const values = this.rounds[key] ?? [];
    this.rounds[key] = values;
    values.push(value);
  }

  /** Removes all values of a key, also those to come. @returns false if they were removed before */
  drop(key: Key): boolean {
    const isNew = !this.dropped.has(key);
    this.dropped.add(key);
    delete this.rounds[key];
    return isNew;
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

/** The share of requests that may fail. With more, the others say nothing. */
const MAX_FAILED = 0.01;

/** Notes failed requests. A contender of which more than one in a hundred failed has no figures. */
export function noteFailures<Key extends string>(
  key: Key,
  { requests, failed }: { requests: number; failed: number },
  figures: readonly Rounds<Key>[],
  notes: string[],
): void {
  if (failed === 0) return;
  const all = requests + failed;
  const isTooMany = failed > all * MAX_FAILED;
  const wasKept = figures.map((each) => !isTooMany || each.drop(key)).some(Boolean);
  if (!wasKept) return;
  notes.push(`${key}: ${failed} of ${all} requests failed${isTooMany ? '; it has no figures' : ''}.`);
}
