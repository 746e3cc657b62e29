import { isUtf8 } from '../runtime.js';

/** Decodes field text, in which each character is one byte: as UTF-8 if the bytes are valid UTF-8, else as latin1. */
export function fromWire(text: string): string {
  // Text outside latin1 cannot come from the wire: an addon set it, and it is decoded already.
  if (!NOT_ASCII.test(text) || /[^\0-\xff]/.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  return isUtf8(bytes) ? bytes.toString() : text;
}

/** Encodes text as UTF-8 for a field, with each byte as one character. */
export function toWire(text: string): string {
  return NOT_ASCII.test(text) ? Buffer.from(text).toString('latin1') : text;
}

const NOT_ASCII = /[^\0-\x7f]/;
