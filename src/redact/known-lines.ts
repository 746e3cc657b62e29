import type { Edit } from './text/edits.js';

/** Number of slots; a power of two. */
const SLOTS = 1024;
/** Maximum length of a cached line. */
const LONGEST = 1024;

interface KnownLine {
  readonly bytes: Buffer;
  /** The edit, with offsets from the start of the line; undefined if the line contains no secret. */
  readonly edit: Edit | undefined;
  /** The names of the replaced secrets. */
  readonly names: readonly string[];
}

/**
 * Caches the results for field lines. A client sends the same token, cookies and `Referer` with most of its requests, and
 * finding a line again takes less time than searching it. A line is stored the second time it occurs, because many occur only
 * once.
 */
export class KnownLines {
  private readonly lines: (KnownLine | undefined)[] = new Array(SLOTS).fill(undefined);
  /** By slot, the hash of the last line. */
  private readonly hashes = new Int32Array(SLOTS);
  private slot = -1;

  /** @returns undefined if the line has to be searched; `keep` may then store the result */
  find(bytes: Buffer, start: number, end: number): KnownLine | undefined {
    this.slot = -1;
    if (end - start > LONGEST) return undefined;
    let hash = end - start;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0;
    const slot = (hash ^ (hash >>> 10) ^ (hash >>> 20)) & (SLOTS - 1);
    if (this.hashes[slot] !== hash) {
      this.hashes[slot] = hash;
      this.lines[slot] = undefined;
      return undefined;
    }
    const known = this.lines[slot];
    if (known && isEqual(known.bytes, bytes, start, end)) return known;
    this.slot = slot;
    return undefined;
  }

  /** Whether the line that `find` has not found occurred before. */
  get isRepeated(): boolean {
    return this.slot >= 0;
  }

  /** Stores the result for the line that `find` has not found. */
  keep(bytes: Buffer, start: number, end: number, edit: Edit | undefined, names: readonly string[]): void {
    // A view would keep the whole buffer in memory.
    const copy = Buffer.from(bytes.subarray(start, end));
    this.lines[this.slot] = { bytes: copy, edit: edit && movedBy(edit, -start), names };
  }
}

export function movedBy(edit: Edit, offset: number): Edit {
  const { from, start, end, text, names } = edit;
  return { from: from + offset, start: start + offset, end: end + offset, text, names };
}

function isEqual(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let at = 0; at < known.length; at++) if (known[at] !== bytes[start + at]) return false;
  return true;
}
