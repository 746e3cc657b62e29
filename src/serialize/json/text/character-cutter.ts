const EMPTY = Buffer.alloc(0);

/** Re-chunks UTF-8 text so that no character is split. */
export class CharacterCutter {
  private rest: Buffer = EMPTY;

  /** @returns whole characters; invalid bytes are passed through unchanged, possibly later */
  push(chunk: Buffer): Buffer {
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    const end = wholeCharacters(bytes);
    this.rest = end < bytes.length ? Buffer.from(bytes.subarray(end)) : EMPTY;
    return bytes.subarray(0, end);
  }

  /** The remaining bytes: an incomplete character. */
  end(): Buffer {
    return this.rest;
  }
}

/** The offset of the last character if it is incomplete; otherwise the end. */
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
