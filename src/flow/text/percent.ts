/**
 * Undoes percent-encoding. Invalid escapes are unchanged; bytes that are not UTF-8 become U+FFFD.
 * @param text each character is one byte
 */
export function percentDecode(text: string): string {
  if (!/[%\x80-\xff]/.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  let size = 0;
  for (let at = 0; at < bytes.length; at++) {
    const high = bytes[at] === PERCENT ? hex(bytes[at + 1]) : -1;
    const low = high < 0 ? -1 : hex(bytes[at + 2]);
    if (low >= 0) at += 2;
    bytes[size++] = low < 0 ? bytes[at]! : high * 16 + low;
  }
  return bytes.toString('utf8', 0, size);
}

/** Percent-encodes all but the unreserved characters of RFC 3986 section 2.3 and `!*'()`. */
export function percentEncode(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    // `encodeURIComponent` throws for a lone surrogate.
    return encodeURIComponent(Buffer.from(text).toString());
  }
}

const PERCENT = 37;

function hex(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
