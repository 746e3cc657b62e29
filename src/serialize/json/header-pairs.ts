import { isUtf8 } from 'node:buffer';
import { type Field, Headers } from '../../flow/http/headers.js';
import { JsonError } from './text/json-error.js';

/** The field block made of pairs. Characters beyond one byte are encoded in UTF-8. */
function blockOfPairs(pairs: readonly (readonly [string, string])[]): Buffer {
  let text = '';
  for (const [name, value] of pairs) text += `${oneByteText(name)}: ${oneByteText(value)}\r\n`;
  return Buffer.from(text, 'latin1');
}

/** Text with one byte per character. Other text is encoded in UTF-8. */
export function oneByteText(text: string): string {
  return /[^\0-\xff]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

/** Readable form of one-byte text. Decoded as UTF-8 only where `oneByteText` restores the same bytes. */
export function readableText(text: string): string {
  if (!/[\x80-\xff]/.test(text) || /[^\0-\xff]/.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  if (!isUtf8(bytes)) return text;
  const decoded = bytes.toString('utf8');
  return /[^\0-\xff]/.test(decoded) ? decoded : text;
}

/**
 * The JSON form of a field block: the pairs, and the block itself if the pairs lose information such as unusual white
 * space, folded lines, or lines without a colon.
 */
export function pairsOf(headers: Headers): { pairs: readonly Field[]; block: string | undefined } {
  const pairs = [...headers];
  const { bytes } = headers;
  return { pairs, block: blockOfPairs(pairs).equals(bytes) ? undefined : bytes.toString('base64') };
}

/**
 * A field block from pairs, or the block beside them. The block is used only if it matches the pairs, as they may have
 * been edited.
 * @throws JsonError if a pair cannot be part of a field block
 */
export function headersOf(pairs: readonly (readonly [string, string])[], block: Buffer | undefined): Headers {
  if (block) {
    const headers = new Headers(block);
    const own = [...headers];
    const same = own.length === pairs.length && own.every(([name, value], at) => isPair(pairs[at]!, name, value));
    if (same) return headers;
  }
  const simple = simpleHeaders(pairs);
  if (simple) return simple;
  for (const [name, value] of pairs) {
    if (/[\r\n]/.test(name) || /\n(?![ \t])|\r(?!\n)/.test(value))
      throw new JsonError('a header contains a line break');
  }
  return new Headers(blockOfPairs(pairs));
}

/** The block of pairs that survive parsing unchanged, as almost all do; undefined for others. */
function simpleHeaders(pairs: readonly (readonly [string, string])[]): Headers | undefined {
  let text = '';
  for (const [name, value] of pairs) {
    if (!isTrimmed(name) || !isTrimmed(value) || name === '' || name.includes(':')) return undefined;
    text += `${name}: ${value}\r\n`;
  }
  if (/[^\0-\xff]/.test(text) || count(text, '\n') > pairs.length || count(text, '\r') > pairs.length) return undefined;
  return Headers.parsed(Buffer.from(text, 'latin1'), pairs as readonly Field[]);
}

/** Whether a text has no white space or line break at either end. */
function isTrimmed(text: string): boolean {
  return text === '' || (text.charCodeAt(0) > 0x20 && text.charCodeAt(text.length - 1) > 0x20);
}

function count(text: string, character: string): number {
  let found = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) found++;
  return found;
}

function isPair(pair: readonly [string, string], name: string, value: string): boolean {
  return pair[0] === name && pair[1] === value;
}
