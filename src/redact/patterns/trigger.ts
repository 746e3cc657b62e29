/** Size of the tables by pair of bytes. The index has seven bits of each byte, so that `marks` fits into the L1 cache. */
const PAIRS = 0x4000;
/** Pairs are chosen from this number of bytes at the beginning of a literal, so that hits are nearly in order. */
const BEGINNING = 8;
/**
 * Pairs of letters that are common in English and JSON, the most common first. Without these pairs, there are fewer false
 * hits.
 */
const COMMON =
  'th he in er an re nd at on nt ha es st en ed to it ou ea hi is or ti as te et ng of al de se le sa si ar ve ra ld ur co me ri ro io ic ne om ma el us li ce ta la ch ge ns ec pr ss id ai ho lo ni nc ut ac os ly so ke no ct ht tp ps';

/**
 * Finds triggers in bytes, in any case of ASCII letters. A trigger is a literal at which a closer search begins, such as a part
 * of a secret name. Only the pairs of bytes at even offsets are looked up. Every occurrence of a literal has one of two pairs
 * there: one chosen from its even offsets, or one from its odd offsets. Unlike a search that skips bytes by a table, the loop
 * does not wait for one lookup before it begins the next. An object can do only one search at a time.
 */
export class Triggers {
  /** The number and the offset of the literal that `find` has found. */
  which = -1;
  start = -1;
  /** Where `find` continues after this literal: the number of further candidates at the same offset to skip. */
  next = 0;
  /** By pair of bytes: 1 if the pair belongs to a literal. The comparison with the literal resolves collisions. */
  private readonly marks = new Uint8Array(PAIRS);
  /** By pair of bytes: the literals to compare. */
  private readonly candidates: (Candidate[] | undefined)[] = new Array(PAIRS).fill(undefined);
  private readonly lower = new Uint8Array(256);

  /** @param literals latin1 text of at least three bytes each */
  constructor(literals: readonly string[]) {
    for (let code = 0; code < 256; code++) this.lower[code] = code >= 65 && code <= 90 ? code + 32 : code;
    literals.forEach((literal, which) => {
      const bytes = Uint8Array.from(Buffer.from(literal, 'latin1'), (code) => this.lower[code]!);
      for (const back of [rarestPair(bytes, 0), rarestPair(bytes, 1)]) {
        for (const pair of spellings(bytes[back]!, bytes[back + 1]!)) {
          this.marks[pair] = 1;
          this.candidates[pair] ??= [];
          this.candidates[pair].push({ which, bytes, back });
        }
      }
    });
  }

  /**
   * Finds the next literal.
   * @param from the smallest offset of a literal; or the return value of the last call, with `next` as `skip`
   * @param end of the bytes
   * @returns the offset at which to continue; -1 if there are no further literals. Overlapping literals may be found out of
   * order, and literals that begin just before `from` may be found.
   */
  find(bytes: Uint8Array, from: number, end = bytes.length, skip = 0): number {
    const { marks } = this;
    const last = end - 1;
    let at = from + (from & 1);
    if (skip > 0 && this.matches(bytes, at, end, skip)) return at;
    if (skip > 0) at += 2;
    for (; at < last; at += 2) {
      const pair = (bytes[at]! & 0x7f) | ((bytes[at + 1]! & 0x7f) << 7);
      if (marks[pair] === 1 && this.matches(bytes, at, end, 0)) return at;
    }
    return -1;
  }

  /** Whether a text contains a literal. @param text each character is one byte */
  isIn(text: string): boolean {
    const { marks } = this;
    const last = text.length - 1;
    for (let at = 0; at < last; at += 2) {
      const pair = (text.charCodeAt(at) & 0x7f) | ((text.charCodeAt(at + 1) & 0x7f) << 7);
      if (marks[pair] === 1 && this.matchesText(this.candidates[pair]!, text, at)) return true;
    }
    return false;
  }

  private matchesText(candidates: readonly Candidate[], text: string, at: number): boolean {
    for (const { bytes, back } of candidates) {
      const start = at - back;
      if (start < 0 || start + bytes.length > text.length) continue;
      let matched = 0;
      while (matched < bytes.length && this.lower[text.charCodeAt(start + matched) & 0xff] === bytes[matched])
        matched++;
      if (matched === bytes.length) return true;
    }
    return false;
  }

  private matches(bytes: Uint8Array, at: number, end: number, skip: number): boolean {
    const { lower } = this;
    const candidates = this.candidates[(bytes[at]! & 0x7f) | ((bytes[at + 1]! & 0x7f) << 7)]!;
    for (let index = skip; index < candidates.length; index++) {
      const candidate = candidates[index]!;
      const literal = candidate.bytes;
      const start = at - candidate.back;
      if (start < 0 || start + literal.length > end) continue;
      let matched = 0;
      while (matched < literal.length && lower[bytes[start + matched]!] === literal[matched]) matched++;
      if (matched < literal.length) continue;
      this.which = candidate.which;
      this.start = start;
      this.next = index + 1;
      return true;
    }
    return false;
  }
}

/** The rank of letters at the beginning and the end of words. */
const BESIDE_SPACE = 50;

interface Candidate {
  readonly which: number;
  /** The literal in lower case. */
  readonly bytes: Uint8Array;
  /** Offset of the pair in the literal. */
  readonly back: number;
}

/** The offset of the pair that is the rarest in English and JSON. @param first 0 for even offsets, 1 for odd ones */
function rarestPair(bytes: Uint8Array, first: 0 | 1): number {
  let best: number = first;
  let bestScore = Number.POSITIVE_INFINITY;
  const end = Math.min(bytes.length, BEGINNING);
  for (let offset: number = first; offset + 2 <= end; offset += 2) {
    const score = frequency(bytes[offset]!, bytes[offset + 1]!);
    if (score < bestScore) [best, bestScore] = [offset, score];
  }
  return best;
}

function frequency(first: number, second: number): number {
  const pair = String.fromCharCode(first, second);
  if (/ [a-z]|[a-z] /.test(pair)) return BESIDE_SPACE;
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
