/** Maximum length of cached text. */
const LONGEST = 24;

/**
 * Finds the string for bytes that occurred before. Keys, methods and host names repeat, and comparing is cheaper than
 * creating a string.
 */
export class StringCache {
  private readonly texts: string[];
  /** The bytes of the texts, `LONGEST` for each slot. Comparing with them is faster than with the characters of a string. */
  private readonly bytes: Uint8Array;
  private readonly mask: number;

  /** @param size a power of two */
  constructor(size: number) {
    this.texts = new Array<string>(size).fill('');
    this.bytes = new Uint8Array(size * LONGEST);
    this.mask = size - 1;
  }

  /** Decodes UTF-8 bytes. */
  get(bytes: Buffer, start: number, end: number): string {
    const size = end - start;
    if (size > LONGEST || size === 0) return bytes.toString('utf8', start, end);
    // Texts with the same size and the same bytes at these places share a slot, which makes the cache less effective, but not
    // wrong.
    let hash = Math.imul(size, 31) + bytes[start]!;
    hash = Math.imul(hash, 31) + bytes[end - 1]!;
    hash = Math.imul(hash, 31) + bytes[end - 1 - (size >> 2)]!;
    hash = Math.imul(hash, 31) + bytes[start + (size >> 1)]!;
    const slot = (hash ^ (hash >>> 10)) & this.mask;
    const text = this.texts[slot]!;
    if (text.length === size && this.has(slot, bytes, start, end)) return text;
    return this.add(slot, bytes, start, end);
  }

  private has(slot: number, bytes: Buffer, start: number, end: number): boolean {
    const known = this.bytes;
    const offset = slot * LONGEST - start;
    for (let at = start; at < end; at++) if (bytes[at] !== known[at + offset]) return false;
    return true;
  }

  private add(slot: number, bytes: Buffer, start: number, end: number): string {
    for (let at = start; at < end; at++) if (bytes[at]! > 0x7f) return bytes.toString('utf8', start, end);
    const text = bytes.toString('latin1', start, end);
    this.texts[slot] = text;
    const offset = slot * LONGEST - start;
    for (let at = start; at < end; at++) this.bytes[at + offset] = bytes[at]!;
    return text;
  }
}
