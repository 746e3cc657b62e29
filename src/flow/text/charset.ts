import { leadingMediaType } from '../http/token.js';
import { declaredCharset } from './declared-charset.js';
import { LegacyCharset } from './legacy-charset.js';
import { parameterOf, withParameter } from './parameters.js';

/**
 * Decodes text. A byte order mark takes precedence over the charset of `Content-Type` and is removed (WHATWG Encoding, section
 * 6); without both, it is the charset that an HTML, XML or CSS document declares, else UTF-8. Invalid sequences become U+FFFD.
 */
export function decodeText(bytes: Buffer, contentType: string | undefined): string {
  const charset = documentCharset(bytes, charsetOf(contentType), essenceOf(contentType));
  return (charset === undefined ? UTF8 : decoderOf(charset)).decode(bytes);
}

/**
 * A decoder for text.
 * @param head its first bytes
 * @param charset of its `Content-Type`
 * @param essence its media type, `type/subtype` in lower case
 */
export function documentDecoder(
  head: Buffer,
  charset: string | undefined,
  essence: string,
): InstanceType<typeof TextDecoder> {
  return decoderOf(documentCharset(head, charset, essence));
}

function documentCharset(head: Buffer, charset: string | undefined, essence: string): string | undefined {
  return markOf(head) ?? charset ?? declaredCharset(essence, head);
}

function essenceOf(contentType: string | undefined): string {
  return leadingMediaType(contentType?.trimStart() ?? '')?.toLowerCase() ?? '';
}

const UTF8 = new TextDecoder();

/** Encoded text, and a new `Content-Type` if the original charset lacks a character of the text. */
export interface EncodedText {
  bytes: Buffer;
  contentType?: string;
}

/**
 * Encodes text in the charset of a `Content-Type` or in the one that the document declares, or in UTF-8 if that charset is
 * unknown or lacks a character.
 */
export function encodeText(text: string, contentType: string | undefined): EncodedText {
  const charset = charsetOf(contentType) ?? declaredCharset(essenceOf(contentType), text);
  if (charset === undefined || isAscii(text)) {
    const encoding = charset && wideEncoding(charset);
    if (!encoding) return { bytes: Buffer.from(text) };
  }
  const bytes = encodeInCharset(text, charset!);
  if (bytes) return { bytes };
  return { bytes: Buffer.from(text), contentType: withParameter(contentType!, 'charset', 'utf-8') };
}

/** Encodes text in a charset. @returns undefined if the charset is unknown or lacks a character */
export function encodeInCharset(text: string, charset: string): Buffer | undefined {
  const wide = wideEncoding(charset);
  if (wide) {
    // The name UTF-16 does not specify a byte order, so a byte order mark is needed.
    const marked = /^utf[-_]?16$/i.test(charset) && !text.startsWith('\ufeff') ? `\ufeff${text}` : text;
    const bytes = Buffer.from(marked, 'utf16le');
    return wide === 'utf-16be' ? bytes.swap16() : bytes;
  }
  const encoding = encodingOf(charset);
  if (encoding === 'utf-8') return Buffer.from(text);
  return encoding === undefined ? undefined : new LegacyCharset(encoding).encode(text);
}

/** The encoding of a charset that has two bytes for each character; undefined for others. */
export function wideEncoding(charset: string): 'utf-16le' | 'utf-16be' | undefined {
  const encoding = encodingOf(charset);
  return encoding === 'utf-16le' || encoding === 'utf-16be' ? encoding : undefined;
}

/** The canonical name of a charset; undefined if the runtime does not support it. */
function encodingOf(charset: string): string | undefined {
  return knownDecoder(charset)?.encoding;
}

/** Also knows spellings that are not in the WHATWG Encoding standard, as Python has them: `latin-1`, `windows_1252`, `utf_16_le`. */
function knownDecoder(charset: string): InstanceType<typeof TextDecoder> | undefined {
  const plain = charset.replace(/[-_]/g, '');
  for (const label of [charset, charset.replaceAll('_', '-'), plain, plain.replace(/^utf/i, 'utf-')]) {
    try {
      return new TextDecoder(label);
    } catch {
      // The next spelling.
    }
  }
  return undefined;
}

/** A decoder for text that arrives in pieces, in the charset of `Content-Type`, else UTF-8. */
export function streamDecoder(contentType: string | undefined): InstanceType<typeof TextDecoder> {
  return decoderOf(charsetOf(contentType));
}

function decoderOf(charset = 'utf-8'): InstanceType<typeof TextDecoder> {
  return knownDecoder(charset) ?? new TextDecoder();
}

/** The charset of a `Content-Type`, in its original spelling. */
export function charsetOf(contentType: string | undefined): string | undefined {
  return contentType === undefined ? undefined : parameterOf(contentType, 'charset')?.trim() || undefined;
}

function markOf(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}
