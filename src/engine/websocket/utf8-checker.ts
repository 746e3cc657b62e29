import { isUtf8 } from 'node:buffer';

/** Validates text that arrives in pieces, which may end within a character (RFC 3629). */
export class Utf8Checker {
  /** The bytes of an incomplete character. */
  private rest: Buffer = NOTHING;

  /** @returns false as soon as the bytes so far cannot become valid text */
  push(bytes: Buffer): boolean {
    if (bytes.length === 0) return true;
    const text = this.rest.length > 0 ? Buffer.concat([this.rest, bytes]) : bytes;
    const cut = text.length - openEnd(text);
    if (cut > 0 && !isUtf8(cut === text.length ? text : text.subarray(0, cut))) return false;
    this.rest = cut === text.length ? NOTHING : Buffer.from(text.subarray(cut));
    return couldBegin(this.rest);
  }

  /** Ends the text. @returns whether it was complete */
  end(): boolean {
    const isComplete = this.rest.length === 0;
    this.rest = NOTHING;
    return isComplete;
  }
}

/** The number of bytes at the end that are an incomplete character. */
function openEnd(text: Buffer): number {
  for (let back = 1; back <= 3 && back <= text.length; back++) {
    const byte = text[text.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

/** Whether a valid character can begin with these bytes: neither overlong, nor a surrogate, nor beyond U+10FFFF. */
function couldBegin(bytes: Buffer): boolean {
  if (bytes.length === 0) return true;
  const [first, second] = bytes as unknown as [number, number | undefined];
  if (first < 0xc2 || first > 0xf4) return false;
  if (second === undefined) return true;
  if (first === 0xe0) return second >= 0xa0;
  if (first === 0xed) return second < 0xa0;
  if (first === 0xf0) return second >= 0x90;
  return first !== 0xf4 || second < 0x90;
}

const NOTHING: Buffer = Buffer.alloc(0);
