/** Maximum length of a code in bits (RFC 1951 section 3.2.2). */
const LONGEST = 15;

/** A look-up table for codes; the first received bit is the lowest. */
export interface HuffmanTable {
  /** Indexed by the next `bits` bits: the symbol shifted left by 4, plus the length of its code; 0 if no code matches. */
  readonly entries: Uint16Array;
  readonly bits: number;
}

/**
 * Creates the table of a canonical Huffman code.
 * @param lengths of the symbols' codes; 0 for a symbol without a code
 * @returns undefined if the code is over-subscribed or incomplete (only a single code may be incomplete)
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
