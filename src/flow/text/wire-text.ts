import { isUtf8 } from '../runtime.js';

/** Text of a field, in which each character is one byte, for people: UTF-8 if the bytes are that, else latin1. */
export function fromWire(text: string): string {
  if (!NOT_ASCII.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  return isUtf8(bytes) ? bytes.toString() : text;
}

/** Text as UTF-8, each byte as one character: as it stands in a field. */
export function toWire(text: string): string {
  return NOT_ASCII.test(text) ? Buffer.from(text).toString('latin1') : text;
}

const NOT_ASCII = /[^\0-\x7f]/;
