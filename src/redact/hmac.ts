import { createHash, createHmac } from '../flow/runtime.js';

const BLOCK = 64;
const LABEL = 'secret:';
/** Maximum length of a text; Node hashes longer texts. */
const LONGEST = 1024;

/**
 * Computes truncated HMAC-SHA-256 values (RFC 2104, FIPS 180-4) of short texts under one key. Almost every flow of a capture
 * contains a new secret, and a Node `Hmac`, which is allocated outside the heap, costs several times as much as the two or
 * three blocks that are hashed.
 */
export class SecretDigest {
  private readonly words = new Int32Array(64);
  private readonly state = new Int32Array(8);
  /** The hash states after the padded key, from which each text continues. */
  private readonly inner: Int32Array;
  private readonly outer: Int32Array;

  constructor(private readonly key: Uint8Array) {
    const short = key.length > BLOCK ? createHash('sha256').update(key).digest() : key;
    this.inner = this.afterKey(short, 0x36);
    this.outer = this.afterKey(short, 0x5c);
  }

  /** @param secret each character is one byte @returns the first six hexadecimal digits */
  of(secret: string): string {
    if (secret.length > LONGEST) return this.byNode(secret);
    const { words, state } = this;
    state.set(this.inner);
    this.hashText(LABEL + secret);
    for (let at = 0; at < 8; at++) words[at] = state[at]!;
    state.set(this.outer);
    words[8] = 0x80000000 | 0;
    words.fill(0, 9, 15);
    words[15] = (BLOCK + 32) * 8;
    this.hashBlock();
    return (state[0]! >>> 8).toString(16).padStart(6, '0');
  }

  private byNode(secret: string): string {
    return createHmac('sha256', this.key)
      .update(LABEL + secret, 'latin1')
      .digest('hex')
      .slice(0, 6);
  }

  private afterKey(key: Uint8Array, pad: number): Int32Array {
    const block = Buffer.alloc(BLOCK, pad);
    for (let at = 0; at < key.length; at++) block[at] = key[at]! ^ pad;
    for (let at = 0; at < 16; at++) this.words[at] = block.readInt32BE(at * 4);
    this.state.set(INITIAL);
    this.hashBlock();
    return Int32Array.from(this.state);
  }

  /** Hashes a text and its padding, starting from the state after the padded key. */
  private hashText(text: string): void {
    const { words } = this;
    const { length } = text;
    let word = 0;
    let count = 0;
    for (let at = 0; at < length; at++) {
      word = (word << 8) | (text.charCodeAt(at) & 0xff);
      if ((at & 3) !== 3) continue;
      words[count++] = word;
      if (count < 16) continue;
      this.hashBlock();
      count = 0;
    }
    // The text is followed by a one bit, zeros and its length in bits.
    words[count++] = ((word << 8) | 0x80) << ((3 - (length & 3)) * 8);
    if (count > 14) {
      words.fill(0, count, 16);
      this.hashBlock();
      count = 0;
    }
    words.fill(0, count, 15);
    words[15] = (BLOCK + length) * 8;
    this.hashBlock();
  }

  /** The compression function of SHA-256 (FIPS 180-4 section 6.2.2), with the message in the first 16 words. */
  private hashBlock(): void {
    const { words, state } = this;
    for (let at = 16; at < 64; at++) {
      const far = words[at - 15]!;
      const near = words[at - 2]!;
      const one = ((far >>> 7) | (far << 25)) ^ ((far >>> 18) | (far << 14)) ^ (far >>> 3);
      const other = ((near >>> 17) | (near << 15)) ^ ((near >>> 19) | (near << 13)) ^ (near >>> 10);
      words[at] = (words[at - 16]! + one + words[at - 7]! + other) | 0;
    }
    let a = state[0]!;
    let b = state[1]!;
    let c = state[2]!;
    let d = state[3]!;
    let e = state[4]!;
    let f = state[5]!;
    let g = state[6]!;
    let h = state[7]!;
    for (let at = 0; at < 64; at++) {
      const one = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const first = (h + one + ((e & f) ^ (~e & g)) + ROUND[at]! + words[at]!) | 0;
      const zero = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const second = (zero + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    state[0] = state[0]! + a;
    state[1] = state[1]! + b;
    state[2] = state[2]! + c;
    state[3] = state[3]! + d;
    state[4] = state[4]! + e;
    state[5] = state[5]! + f;
    state[6] = state[6]! + g;
    state[7] = state[7]! + h;
  }
}

const PRIMES = firstPrimes(64);
/** The first 32 bits of the fractional parts of the square roots and cube roots of primes. */
const INITIAL = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const ROUND = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let next = 2; primes.length < count; next++) if (primes.every((prime) => next % prime !== 0)) primes.push(next);
  return primes;
}

function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32) | 0;
}
