import { JsonError } from './json-error.js';

const EMPTY = Buffer.alloc(0);

/**
 * Class of each byte: 1 a base64 digit (including the URL-safe alphabet), 2 white space, 3 padding, 0 anything else.
 */
const CLASSES = new Uint8Array(256);
for (const digit of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_')
  CLASSES[digit.charCodeAt(0)] = 1;
for (const space of ' \t\r\n') CLASSES[space.charCodeAt(0)] = 2;
CLASSES[0x3d] = 3;

/** Decodes base64 piece by piece (RFC 4648). White space is skipped; padding is optional. */
export class Base64Decoder {
  /** Digits that do not form a whole byte yet. */
  private rest: Buffer = EMPTY;
  private padded = false;

  /** @throws JsonError if it is not base64 */
  push(chunk: Buffer): Buffer {
    const digits = Buffer.allocUnsafe(this.rest.length + chunk.length);
    let length = this.rest.copy(digits);
    for (const byte of chunk) {
      const kind = CLASSES[byte];
      if (kind === 1 && !this.padded) digits[length++] = byte;
      else if (kind === 3) this.padded = true;
      else if (kind !== 2) throw new JsonError('it is not valid base64');
    }
    const whole = length - (length % 4);
    this.rest = digits.subarray(whole, length);
    return decode(digits.subarray(0, whole));
  }

  end(): Buffer {
    if (this.rest.length === 1) throw new JsonError('it is not valid base64');
    return decode(this.rest);
  }
}

/** @throws JsonError if it is not base64 */
export function decodeBase64(text: string): Buffer {
  const digits = text.length - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
  const decoded = Buffer.from(text, 'base64');
  // Node skips invalid characters, which shows in the length.
  if (digits % 4 !== 1 && decoded.length === Math.floor((digits * 3) / 4)) return decoded;
  const decoder = new Base64Decoder();
  const bytes = decoder.push(Buffer.from(text, 'utf8'));
  const end = decoder.end();
  return end.length > 0 ? Buffer.concat([bytes, end]) : bytes;
}

/** Encodes base64 piece by piece. */
export async function* encodeBase64(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest = EMPTY;
  for await (const chunk of chunks) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const whole = bytes.length - (bytes.length % 3);
    // Copied, as the caller may reuse the chunk.
    rest = Buffer.from(bytes.subarray(whole));
    if (whole > 0) yield Buffer.from(bytes.toString('base64', 0, whole), 'latin1');
  }
  if (rest.length > 0) yield Buffer.from(rest.toString('base64'), 'latin1');
}

function decode(digits: Buffer): Buffer {
  return Buffer.from(digits.toString('latin1'), 'base64');
}
