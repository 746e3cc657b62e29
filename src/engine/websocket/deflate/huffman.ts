/** Bits of the longest code (RFC 1951 section 3.2.2). */
const LONGEST = 15;

/** A set of codes, to be looked up by bits that stand as they come, the first one lowest. */
export interface HuffmanTable {
  /** By the next `bits` bits: the symbol, shifted left by 4, and the length of its code; 0 where there is no code. */
  readonly entries: Uint16Array;
  readonly bits: number;
}

/**
 * Makes the table of a canonical Huffman code.
 * @param lengths of the codes of the symbols; 0 for a symbol that has none
 * @returns undefined if there are more codes than fit, or fewer than could be (which only one code alone may be)
 */
export function huffmanTable(lengths: Uint8Array): HuffmanTable | undefined {
  const counts = new Uint16Array(LONGEST + 1);
  for (const length of lengths) counts[length]!++;
  counts[0] = 0;
  let bits = LONGEST;
  while (bits > 0 && counts[bits] === 0) bits--;
  if (bits === 0) return { entries: new Uint16Array(1), bits: 0 };
  const next = new Uint16Array(LONGEST + 1);
  let code = 0;
  for (let length = 1; length <= bits; length++) {
    next[length] = code;
    code = (code + counts[length]!) << 1;
  }
  const used = code >> 1;
  const isLone = bits === 1 && counts[1] === 1;
  if (used !== 1 << bits && !isLone) return undefined;
  const entries = new Uint16Array(1 << bits);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol]!;
    if (length === 0) continue;
    const entry = (symbol << 4) | length;
    for (let at = reversed(next[length]!++, length); at < entries.length; at += 1 << length) entries[at] = entry;
  }
  return { entries, bits };
}

function reversed(code: number, length: number): number {
  let result = 0;
  for (let bit = 0; bit < length; bit++) if (code & (1 << bit)) result |= 1 << (length - 1 - bit);
  return result;
}
