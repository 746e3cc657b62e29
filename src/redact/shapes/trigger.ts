/** Length of the part of a literal that is searched first. */
const WINDOW = 3;
/** Values below this are shifts. */
const BUCKET = WINDOW;
/**
 * Size of the shift table. Its index has seven bits of each byte, so that the table fits into the L1 cache. The comparison with
 * the literal resolves collisions.
 */
const PAIRS = 0x4000;
/**
 * Pairs of letters that are common in English and JSON, the most common first. A part without these pairs gives fewer false
 * hits.
 */
const COMMON =
  'th he in er an re nd at on nt ha es st en ed to it ou ea hi is or ti as te et ng of al de se le sa si ar ve ra ld ur co me ri ro io ic ne om ma el us li ce ta la ch ge ns ec pr ss id ai ho lo ni nc ut ac os ly so ke no ct ht tp ps';

/**
 * Finds triggers in bytes, in any case of ASCII letters. A trigger is a literal at which a closer search begins, such as a part
 * of a secret name. The search looks for a part of three bytes of each literal. Most pairs of bytes occur in no part, and then
 * the next byte is skipped (Wu and Manber, 1994). An object can do only one search at a time.
 */
export class Triggers {
  /** The number and the offset of the literal that `find` has found. */
  which = -1;
  start = -1;
  /** By pair of bytes: the number of bytes to advance or, if a part may end here, `BUCKET` plus the number of a bucket. */
  private readonly shifts = new Uint16Array(PAIRS).fill(WINDOW - 1);
  /** The literals to compare if a part may end here. */
  private readonly buckets: Candidate[][] = [];
  private readonly lower = new Uint8Array(256);

  /** @param literals latin1 text of at least three bytes each */
  constructor(literals: readonly string[]) {
    for (let code = 0; code < 256; code++) this.lower[code] = code >= 65 && code <= 90 ? code + 32 : code;
    literals.forEach((literal, which) => {
      const bytes = Uint8Array.from(Buffer.from(literal, 'latin1'), (code) => this.lower[code]!);
      const offset = rarestPart(bytes);
      for (const pair of spellings(bytes[offset]!, bytes[offset + 1]!)) {
        if (this.shifts[pair]! < BUCKET) this.shifts[pair] = 1;
      }
      for (const pair of spellings(bytes[offset + 1]!, bytes[offset + 2]!)) {
        if (this.shifts[pair]! < BUCKET) this.shifts[pair] = BUCKET + this.buckets.push([]) - 1;
        this.buckets[this.shifts[pair]! - BUCKET]!.push({ which, bytes, back: offset + WINDOW - 1 });
      }
    });
  }

  /**
   * Finds the next literal.
   * @param from 0, or the return value of the last call
   * @param end of the bytes
   * @returns the offset at which to continue; -1 if there are no further literals. Overlapping literals may be found out of
   * order.
   */
  find(bytes: Uint8Array, from: number, end = bytes.length): number {
    const { shifts } = this;
    let at = Math.max(from, WINDOW - 1);
    while (at < end) {
      const shift = shifts[(bytes[at - 1]! & 0x7f) | ((bytes[at]! & 0x7f) << 7)]!;
      if (shift < BUCKET) at += shift;
      else if (this.matches(this.buckets[shift - BUCKET]!, bytes, at++, end)) return at;
    }
    return -1;
  }

  /** Whether a text contains a literal. @param text each character is one byte */
  isIn(text: string): boolean {
    const { shifts } = this;
    const { length } = text;
    let at = WINDOW - 1;
    while (at < length) {
      const shift = shifts[(text.charCodeAt(at - 1) & 0x7f) | ((text.charCodeAt(at) & 0x7f) << 7)]!;
      if (shift < BUCKET) at += shift;
      else if (this.matchesText(this.buckets[shift - BUCKET]!, text, at++)) return true;
    }
    return false;
  }

  private matchesText(bucket: readonly Candidate[], text: string, at: number): boolean {
    for (const { bytes, back } of bucket) {
      const start = at - back;
      if (start < 0 || start + bytes.length > text.length) continue;
      let matched = 0;
      while (matched < bytes.length && this.lower[text.charCodeAt(start + matched) & 0xff] === bytes[matched])
        matched++;
      if (matched === bytes.length) return true;
    }
    return false;
  }

  private matches(bucket: readonly Candidate[], bytes: Uint8Array, at: number, end: number): boolean {
    const { lower } = this;
    for (let index = 0; index < bucket.length; index++) {
      const candidate = bucket[index]!;
      const literal = candidate.bytes;
      const start = at - candidate.back;
      if (start < 0 || start + literal.length > end) continue;
      let matched = 0;
      while (matched < literal.length && lower[bytes[start + matched]!] === literal[matched]) matched++;
      if (matched < literal.length) continue;
      this.which = candidate.which;
      this.start = start;
      return true;
    }
    return false;
  }
}

interface Candidate {
  readonly which: number;
  /** The literal in lower case. */
  readonly bytes: Uint8Array;
  /** Offset in the literal of the last byte of its part. */
  readonly back: number;
}

/** The offset of the part whose last two bytes are the rarest in English and JSON. */
function rarestPart(bytes: Uint8Array): number {
  let best = 0;
  let bestScore = Number.POSITIVE_INFINITY;
  for (let offset = 0; offset + WINDOW <= bytes.length; offset++) {
    const score = frequency(bytes[offset + 1]!, bytes[offset + 2]!) + frequency(bytes[offset]!, bytes[offset + 1]!) / 4;
    if (score < bestScore) [best, bestScore] = [offset, score];
  }
  return best;
}

function frequency(first: number, second: number): number {
  const pair = String.fromCharCode(first, second);
  const found = COMMON.split(' ').indexOf(pair);
  return found < 0 ? 0 : 100 - found;
}

/** The table indexes of a pair in upper and lower case. */
function* spellings(first: number, second: number): Generator<number> {
  for (const one of casesOf(first)) for (const other of casesOf(second)) yield (one & 0x7f) | ((other & 0x7f) << 7);
}

function casesOf(code: number): number[] {
  return code >= 97 && code <= 122 ? [code, code - 32] : [code];
}
