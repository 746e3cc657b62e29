/** Maximum length of cached text. */
const LONGEST = 24;

interface Entry {
  hash: number;
  text: string;
}

/**
 * Finds the string for bytes that occurred before. Keys, methods and host names repeat, and comparing is cheaper than
 * creating a string.
 */
export class StringCache {
  private readonly entries: (Entry | undefined)[];
  private readonly mask: number;

  /** @param size a power of two */
  constructor(size: number) {
    this.entries = new Array<Entry | undefined>(size).fill(undefined);
    this.mask = size - 1;
  }

  /** Decodes UTF-8 bytes. */
  get(bytes: Buffer, start: number, end: number): string {
    if (end - start > LONGEST) return bytes.toString('utf8', start, end);
    let hash = end - start;
    let high = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      hash = (Math.imul(hash, 31) + byte) | 0;
      high |= byte;
    }
    if (high > 0x7f) return bytes.toString('utf8', start, end);
    const slot = (hash ^ (hash >>> 15)) & this.mask;
    const entry = this.entries[slot];
    if (entry && entry.hash === hash && isSame(entry.text, bytes, start, end)) return entry.text;
    const text = bytes.toString('latin1', start, end);
    this.entries[slot] = { hash, text };
    return text;
  }
}

function isSame(text: string, bytes: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let at = start; at < end; at++) if (text.charCodeAt(at - start) !== bytes[at]) return false;
  return true;
}
