/**
 * Masks or unmasks a payload (RFC 6455 section 5.3); both are the same operation.
 * @param key 4 bytes
 * @param phase number of payload bytes before these
 * @returns a copy
 */
export function masked(bytes: Buffer, from: number, to: number, key: Buffer, phase: number): Buffer {
  const length = to - from;
  const result = Buffer.allocUnsafe(length);
  const k0 = key[phase & 3]!;
  const k1 = key[(phase + 1) & 3]!;
  const k2 = key[(phase + 2) & 3]!;
  const k3 = key[(phase + 3) & 3]!;
  let at = 0;
  if (length >= WORTH_WORDS && (result.byteOffset & 3) === 0) {
    bytes.copy(result, 0, from, to);
    at = maskWords(result, Uint8Array.of(k0, k1, k2, k3));
  }
  for (const whole = length & ~3; at < whole; at += 4) {
    result[at] = bytes[from + at]! ^ k0;
    result[at + 1] = bytes[from + at + 1]! ^ k1;
    result[at + 2] = bytes[from + at + 2]! ^ k2;
    result[at + 3] = bytes[from + at + 3]! ^ k3;
  }
  for (; at < length; at++) result[at] = bytes[from + at]! ^ key[(phase + at) & 3]!;
  return result;
}

/** Masks the whole words of the bytes in place. @returns their length */
function maskWords(bytes: Buffer, key: Uint8Array): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  const [word] = new Uint32Array(key.buffer);
  for (let at = 0; at < words.length; at++) words[at]! ^= word!;
  return words.length << 2;
}

/** From this many bytes on, a copy and a view of words cost less than single bytes. */
const WORTH_WORDS = 256;
