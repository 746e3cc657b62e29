import type { Headers } from '../../flow/index.js';
import { COLON, CR, LF } from '../../flow/text/ascii.js';

/**
 * Tests the fields of a block that have one name, until one passes. Works on the bytes of the block, without parsing
 * it.
 * @param name in lower case
 * @param passes receives the block and the range of the value, without surrounding white space
 */
export function someField(
  headers: Headers,
  name: string,
  passes: (block: Buffer, from: number, to: number) => boolean,
): boolean {
  const block = headers.bytes;
  let start = 0;
  while (start < block.length) {
    const end = lineEnd(block, start);
    if (hasName(block, start, name)) {
      let from = block.indexOf(COLON, start + name.length) + 1;
      let to = end;
      while (from < to && isBlank(block[from]!)) from++;
      while (to > from && isBlank(block[to - 1]!)) to--;
      if (passes(block, from, to)) return true;
    }
    start = end + 2;
  }
  return false;
}

/** The value of the first field with a name, as latin1 text. */
export function firstField(headers: Headers, name: string): string | undefined {
  let value: string | undefined;
  someField(headers, name, (block, from, to) => {
    value = block.toString('latin1', from, to);
    return true;
  });
  return value;
}

/** The offset of the CRLF that ends a field, including folded lines (RFC 9112 section 5.2), or the end of the block. */
function lineEnd(block: Buffer, start: number): number {
  let at = start;
  for (;;) {
    while (at < block.length && !(block[at] === CR && block[at + 1] === LF)) at++;
    if (at + 2 >= block.length || !isBlank(block[at + 2]!)) return at;
    at += 2;
  }
}

function hasName(block: Buffer, start: number, name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    const byte = block[start + at]!;
    const lower = byte >= 65 && byte <= 90 ? byte | 0x20 : byte;
    if (lower !== name.charCodeAt(at)) return false;
  }
  let at = start + name.length;
  while (isBlank(block[at]!)) at++;
  return block[at] === COLON;
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9;
}
