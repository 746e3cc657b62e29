/** Up to this many values are stored exactly. */
const EXACT = 10_000;
/** Beyond that, the maximum relative error of a quantile. */
const RELATIVE_ERROR = 0.005;
const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GAMMA = Math.log(GAMMA);
/** Smaller values are taken as 0. */
const SMALLEST = 1e-6;
const LARGEST = 1e9;
const FIRST_BUCKET = Math.floor(Math.log(SMALLEST) / LOG_GAMMA);
const BUCKETS = Math.ceil(Math.log(LARGEST) / LOG_GAMMA) - FIRST_BUCKET + 1;

/**
 * Quantiles of durations from 0 to 10⁹ seconds in bounded memory: exact for few values, then from the counts of buckets whose
 * bounds grow by 1 % each (DDSketch: Masson, Rim and Lee, VLDB 2019).
 */
export class Quantiles {
  count = 0;
  max = 0;
  private values: number[] = [];
  private buckets: Float64Array | undefined;

  add(value: number): void {
    this.count++;
    if (value > this.max) this.max = value;
    if (this.buckets) {
      this.buckets[bucketOf(value)]!++;
      return;
    }
    this.values.push(value);
    if (this.values.length > EXACT) this.fillBuckets();
  }

  /** The maximum relative error of a quantile. */
  get relativeError(): number {
    return this.buckets ? RELATIVE_ERROR : 0;
  }

  /** The quantile by nearest rank; 0 without values. @param fraction from 0 to 1 */
  at(fraction: number): number {
    // 0.55 × 100 is a little more than 55.
    const rank = Math.max(1, Math.ceil(fraction * this.count - 1e-9 * this.count));
    if (!this.buckets) return this.values.sort((a, b) => a - b)[rank - 1] ?? 0;
    let seen = 0;
    for (const [bucket, count] of this.buckets.entries()) {
      seen += count;
      if (seen >= rank) return Math.min(middleOf(bucket), this.max);
    }
    return this.max;
  }

  private fillBuckets(): void {
    this.buckets = new Float64Array(BUCKETS);
    for (const value of this.values) this.buckets[bucketOf(value)]!++;
    this.values = [];
  }
}

function bucketOf(value: number): number {
  if (!(value > SMALLEST)) return 0;
  return Math.min(Math.ceil(Math.log(value) / LOG_GAMMA) - FIRST_BUCKET, BUCKETS - 1);
}

function middleOf(bucket: number): number {
  return bucket === 0 ? 0 : (2 * GAMMA ** (bucket + FIRST_BUCKET)) / (GAMMA + 1);
}
