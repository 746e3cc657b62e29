import { RECOGNISED_BY } from '../format.js';
import { recogniseFormat } from '../formats.js';
import type { Input } from '../input/input.js';

export type Utf16 = 'utf-16le' | 'utf-16be';

/**
 * Detects a text format in UTF-16, as written by `>` of Windows PowerShell, with or without a byte order mark.
 * @param beginning at most `RECOGNISED_BY` bytes
 */
export function utf16Of(beginning: Buffer): Utf16 | undefined {
  const encoding = byMark(beginning) ?? byZeros(beginning);
  if (!encoding) return undefined;
  const text = new TextDecoder(encoding).decode(beginning);
  return recogniseFormat(Buffer.from(text).subarray(0, RECOGNISED_BY))?.text && encoding;
}

/** The rest of an input, in UTF-8 without the byte order mark. */
export async function* utf8Of(input: Input, encoding: Utf16): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  do {
    const text = decoder.decode(input.buffer.subarray(input.at), { stream: true });
    input.at = input.buffer.length;
    if (text !== '') yield Buffer.from(text);
  } while ((await input.fill(1)) > 0);
  const rest = decoder.decode();
  if (rest !== '') yield Buffer.from(rest);
}

function byMark([first, second]: Buffer): Utf16 | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

/** JSON begins with an ASCII character. */
function byZeros([first, second]: Buffer): Utf16 | undefined {
  if (second === 0 && first !== 0) return 'utf-16le';
  return first === 0 && second !== undefined && second !== 0 ? 'utf-16be' : undefined;
}
