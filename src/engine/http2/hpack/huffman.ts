import { HpackError } from '../errors.js';

/** Lengths in bits of the codes of all bytes and of the end of string, 256 (RFC 7541 Appendix B). The code is canonical. */
const LENGTHS: readonly number[] = `
  13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28
  6 10 10 12 13 6 8 11 10 10 8 11 8 6 6 6 5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10
  13 6 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6
  15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7 7 7 7 15 11 14 13 28
  20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23 24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24
  22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23
  26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27
  20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23 26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26
  30
`
  .trim()
  .split(/\s+/)
  .map(Number);

const END_OF_STRING = 256;
const CODES = canonicalCodes(LENGTHS);
const NO_STEP = -1;

/**
 * The decoder as a state machine that consumes four bits at a time. The index is the state, an inner node of the code's
 * tree, shifted left by 4, plus the bits. The step is the next state, plus the decoded byte plus 1, shifted left by 8, if
 * a code has ended; `NO_STEP` in the end of string, which must not occur. No code is shorter than 5 bits, so at most one
 * ends in a step.
 */
const STEPS = new Int32Array(256 << 4);
/** States in which a string may end: fewer than 8 bits, all of them ones, follow its last code (section 5.2). */
const MAY_END = new Uint8Array(256);

buildDecoder();

/** Size of a text in Huffman code, in bytes. */
export function huffmanSize(text: string): number {
  let bits = 0;
  for (let at = 0; at < text.length; at++) bits += LENGTHS[text.charCodeAt(at)]!;
  return (bits + 7) >> 3;
}

/** Writes a text in Huffman code; `out` needs room for `huffmanSize`. @returns the offset after it */
export function huffmanEncode(text: string, out: Uint8Array, start: number): number {
  let at = start;
  let pending = 0;
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    const byte = text.charCodeAt(index);
    let code = CODES[byte]!;
    let length = LENGTHS[byte]!;
    if (length > 24) {
      // The whole code would not fit into 32 bits together with the pending ones.
      pending = (pending << (length - 16)) | (code >>> 16);
      count += length - 16;
      while (count >= 8) {
        count -= 8;
        out[at++] = pending >>> count;
      }
      code &= 0xffff;
      length = 16;
    }
    pending = (pending << length) | code;
    count += length;
    while (count >= 8) {
      count -= 8;
      out[at++] = pending >>> count;
    }
    pending &= 0xff;
  }
  if (count > 0) out[at++] = (pending << (8 - count)) | (0xff >> count);
  return at;
}

/**
 * Decodes Huffman code.
 * @param out needs room for 8/5 of the bytes
 * @returns the number of decoded bytes
 * @throws HpackError
 */
export function huffmanDecode(bytes: Uint8Array, start: number, end: number, out: Uint8Array): number {
  let state = 0;
  let size = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    let step = STEPS[(state << 4) | (byte >> 4)]!;
    if (step === NO_STEP) throw new HpackError('the end of string inside a Huffman code');
    if (step > 0xff) out[size++] = (step >> 8) - 1;
    state = step & 0xff;
    step = STEPS[(state << 4) | (byte & 15)]!;
    if (step === NO_STEP) throw new HpackError('the end of string inside a Huffman code');
    if (step > 0xff) out[size++] = (step >> 8) - 1;
    state = step & 0xff;
  }
  if (MAY_END[state] === 0) throw new HpackError('invalid padding of a Huffman code');
  return size;
}

/** Codes of the same length are consecutive, in the order of the symbols; longer ones follow shorter ones. */
function canonicalCodes(lengths: readonly number[]): Uint32Array {
  const codes = new Uint32Array(lengths.length);
  let code = 0;
  for (let length = 1; length <= 30; length++) {
    for (let symbol = 0; symbol < lengths.length; symbol++) if (lengths[symbol] === length) codes[symbol] = code++;
    code <<= 1;
  }
  return codes;
}

/** Children of a node: inner nodes as positive numbers, symbols as their complement. */
type Node = [zero: number, one: number];

function buildDecoder(): void {
  const nodes = buildTree();
  for (let state = 0; state < nodes.length; state++) {
    for (let bits = 0; bits < 16; bits++) STEPS[(state << 4) | bits] = stepOf(nodes, state, bits);
  }
  let ones = 0;
  for (let depth = 0; depth < 8; depth++) {
    MAY_END[ones] = 1;
    ones = nodes[ones]![1];
  }
}

function buildTree(): Node[] {
  const nodes: Node[] = [[0, 0]];
  for (let symbol = 0; symbol < LENGTHS.length; symbol++) {
    let node = nodes[0]!;
    for (let bit = LENGTHS[symbol]! - 1; bit > 0; bit--) {
      const side = (CODES[symbol]! >>> bit) & 1;
      if (node[side] === 0) node[side] = nodes.push([0, 0]) - 1;
      node = nodes[node[side]!]!;
    }
    node[CODES[symbol]! & 1] = ~symbol;
  }
  return nodes;
}

function stepOf(nodes: readonly Node[], from: number, bits: number): number {
  let state = from;
  let decoded = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const child = nodes[state]![(bits >> bit) & 1]!;
    if (child === ~END_OF_STRING) return NO_STEP;
    if (child < 0) decoded = ~child + 1;
    state = Math.max(child, 0);
  }
  return (decoded << 8) | state;
}
