const EMPTY = Buffer.alloc(0);

/** Cuts pieces of UTF-8 text anew, so that no character is in two of them. */
export class CharacterCutter {
  private rest: Buffer = EMPTY;

  /** @returns the whole characters; bytes that are no UTF-8 come through as they are, possibly later */
  push(chunk: Buffer): Buffer {
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    const end = wholeCharacters(bytes);
    this.rest = end < bytes.length ? Buffer.from(bytes.subarray(end)) : EMPTY;
    return bytes.subarray(0, end);
  }

  /** What is left: the beginning of a character. */
  end(): Buffer {
    return this.rest;
  }
}

/** Where the last character begins, if it is not whole; else the end. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const size = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return size > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
