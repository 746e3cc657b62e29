import { LongText } from '../../json/text/long-text.js';

/** Placeholders in place of content are shorter. */
export const WORDS_LIMIT = 1024;

/**
 * Whether content marked as base64 is base64 and not a placeholder text. A placeholder has spaces, does not end like base64
 * (RFC 4648 section 3.5), or decodes to another size than the file states. Line breaks (RFC 2045 section 6.8), the URL-safe
 * alphabet and missing padding are accepted.
 * @param size as stated; 0 if the file states none
 * @param others other stated sizes; one of them may be the size of the content if `size` is not
 */
export function isBase64Content(text: unknown, size: number, others: readonly (number | undefined)[]): boolean {
  if (text instanceof LongText) return text.base64Size !== undefined;
  if (typeof text !== 'string') return false;
  const length = lengthOf(text);
  if (length === undefined) return false;
  return size < 1 || length === size || text.length > WORDS_LIMIT || others.includes(length);
}

/**
 * Decodes content as Polly.JS stores it: a JSON list of chunks in base64.
 * @returns undefined for any other text
 */
export function decodeChunks(text: string): Buffer | undefined {
  if (!text.startsWith('["')) return undefined;
  try {
    const chunks: unknown = JSON.parse(text);
    if (!Array.isArray(chunks) || !chunks.every((chunk) => isBase64Content(chunk, 0, []))) return undefined;
    return Buffer.concat(chunks.map((chunk: string) => Buffer.from(chunk, 'base64')));
  } catch {
    return undefined;
  }
}

/** Decoded size of a base64 text; undefined if it is not base64. */
function lengthOf(text: string): number | undefined {
  const bytes = Buffer.from(text, 'base64');
  const canonical = bytes.toString('base64');
  if (canonical === text) return bytes.length;
  const parts = /^([A-Za-z0-9+/]*)(={0,2})$/.exec(
    text
      .trim()
      .replace(/[\r\n]+/g, '')
      .replaceAll('-', '+')
      .replaceAll('_', '/'),
  );
  if (!parts) return undefined;
  const [, digits, padding] = parts;
  const isPadded = padding === '' || (digits!.length + padding!.length) % 4 === 0;
  return isPadded && canonical.replace(/={1,2}$/, '') === digits ? bytes.length : undefined;
}
