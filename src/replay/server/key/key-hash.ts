import { hash } from 'node:crypto';

/** Length of a key in UTF-16 code units of 16 bits. Its 128 bits rule out collisions by chance. */
export const KEY_SIZE = 8;

const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

/** Texts longer than this are hashed by Node.js, which takes less time for them. */
const LONG = 4096;

/**
 * A hash of short texts and numbers, after MurmurHash3 (x86, 128 bits), with each UTF-16 code unit as a word of 32 bits. Joining
 * the texts for a hash function of Node.js would take more than twice the time.
 */
export class KeyHash {
  private h1 = 0;
  private h2 = 0;
  private h3 = 0;
  private h4 = 0;
  private words = 0;

  /** Adds a text with its length, so that the ends of texts count. */
  text(text: string): void {
    this.word(text.length);
    const short = text.length > LONG ? hash('sha256', text, 'base64') : text;
    for (let at = 0; at < short.length; at++) this.word(short.charCodeAt(at));
  }

  word(word: number): void {
    switch (this.words++ & 3) {
      case 0:
        this.h1 ^= Math.imul(rotate(Math.imul(word, C1), 15), C2);
        this.h1 = (Math.imul(rotate(this.h1, 19) + this.h2, 5) + 0x561ccd1b) | 0;
        break;
      case 1:
        this.h2 ^= Math.imul(rotate(Math.imul(word, C2), 16), C3);
        this.h2 = (Math.imul(rotate(this.h2, 17) + this.h3, 5) + 0x0bcaa747) | 0;
        break;
      case 2:
        this.h3 ^= Math.imul(rotate(Math.imul(word, C3), 17), C4);
        this.h3 = (Math.imul(rotate(this.h3, 15) + this.h4, 5) + 0x96cd1c35) | 0;
        break;
      default:
        this.h4 ^= Math.imul(rotate(Math.imul(word, C4), 18), C1);
        this.h4 = (Math.imul(rotate(this.h4, 13) + this.h1, 5) + 0x32ac3b17) | 0;
    }
  }

  /** The hash of everything that was added, as text of `KEY_SIZE`. */
  digest(): string {
    const { words } = this;
    const [a, b, c, d] = blend(this.h1 ^ words, this.h2 ^ words, this.h3 ^ words, this.h4 ^ words);
    const [h1, h2, h3, h4] = blend(finish(a), finish(b), finish(c), finish(d));
    return String.fromCharCode(h1, h1 >>> 16, h2, h2 >>> 16, h3, h3 >>> 16, h4, h4 >>> 16);
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function blend(h1: number, h2: number, h3: number, h4: number): [number, number, number, number] {
  const first = (h1 + h2 + h3 + h4) | 0;
  return [first, (h2 + first) | 0, (h3 + first) | 0, (h4 + first) | 0];
}

function finish(hash: number): number {
  let bits = hash ^ (hash >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
