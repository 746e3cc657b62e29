import type { Random } from './random.js';

/** All proper prefixes of the bytes. */
export function* prefixes(bytes: Buffer): Generator<Buffer> {
  for (let end = 0; end < bytes.length; end++) yield bytes.subarray(0, end);
}

/** Copies of the bytes with one byte changed: each in turn, to each of the values. */
export function* flipped(bytes: Buffer, values: readonly number[]): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at++) {
    for (const value of values) {
      if (bytes[at] === value) continue;
      const copy = Buffer.from(bytes);
      copy[at] = value;
      yield copy;
    }
  }
}

/** The bytes in two pieces, cut at each place; then each byte alone. */
export function* cuts(bytes: Buffer): Generator<Buffer[]> {
  yield [bytes];
  for (let at = 1; at < bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)];
  yield [...bytes].map((byte) => Buffer.of(byte));
}

/** The bytes in pieces of random length. */
export function randomCuts(bytes: Buffer, random: Random): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + random.below(8));
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}
