import { crc32 } from 'node:zlib';
import {
  ContentCodingError,
  decodeAtOnce,
  decodeStream,
  parseContentEncoding,
} from '../../flow/body/content-coding.js';
import { isText } from './fields.js';
import { JsonError } from './text/json-error.js';
import { LongText } from './text/long-text.js';

/** Margin in bytes for intermediate results of several codings, which may be larger than the content. */
const SLACK = 64 * 1024;
/** Size of the smallest gzip member. */
const GZIP_SIZE = 18;

/** Whether encoded bytes decode to the given content. */
export function decodesTo(coded: Buffer, codings: string[], content: Buffer): boolean {
  if (codings.length === 1 && /^(?:x-)?gzip$/.test(codings[0]!) && hasTrailerOf(coded, content)) return true;
  try {
    return decodeAtOnce(coded, codings, 2 * content.length + SLACK)?.equals(content) ?? false;
  } catch (error) {
    if (error instanceof ContentCodingError) return false;
    throw error;
  }
}

/** The trailer of a gzip member, CRC-32 and size of the content (RFC 1952 section 2.3.1), avoids decoding it. */
function hasTrailerOf(coded: Buffer, content: Buffer): boolean {
  const { length } = coded;
  if (length < GZIP_SIZE || coded.readUInt32LE(length - 4) !== content.length) return false;
  return coded.readUInt32LE(length - 8) === crc32(content);
}

/**
 * Clears `encodedBodyBase64` if it does not decode to the content beside it. Only bodies that are too long for a string
 * are compared here; `decodeBody` compares shorter ones.
 * @param holder the object that has the member, or any other value
 * @param headers as pairs or as in a HAR, if present
 * @param content text or base64
 */
export async function checkCodedBody(
  holder: unknown,
  headers: unknown,
  content: unknown,
  isBase64: boolean,
): Promise<void> {
  const coded = memberOf(holder, 'encodedBodyBase64');
  if (coded === undefined || !(coded instanceof LongText || content instanceof LongText)) return;
  const codings = codingsOf(headers);
  try {
    const decoded = decodeStream(bytesOf(coded, true), codings);
    if (await sameBytes(decoded, bytesOf(content, isBase64))) return;
  } catch (error) {
    if (!(error instanceof ContentCodingError || error instanceof JsonError)) throw error;
  }
  (holder as Record<string, unknown>).encodedBodyBase64 = '';
}

/** A member of a value; undefined if the value is not an object, or the member is null. */
export function memberOf(value: unknown, key: string): unknown {
  const isObject = typeof value === 'object' && value !== null && !(value instanceof LongText);
  return isObject && Object.hasOwn(value, key) ? ((value as Record<string, unknown>)[key] ?? undefined) : undefined;
}

function codingsOf(headers: unknown): string[] {
  const values: string[] = [];
  for (const item of Array.isArray(headers) ? headers : []) {
    const [name, value] = Array.isArray(item) ? item : [memberOf(item, 'name'), memberOf(item, 'value')];
    if (isText(name) && isText(value) && name.toLowerCase() === 'content-encoding') values.push(value);
  }
  return parseContentEncoding(values.join(', '));
}

async function* bytesOf(value: unknown, isBase64: boolean): AsyncGenerator<Buffer> {
  if (value instanceof LongText) yield* value.read(isBase64);
  else if (typeof value === 'string') yield Buffer.from(value, isBase64 ? 'base64' : 'utf8');
}

async function sameBytes(left: AsyncGenerator<Buffer>, right: AsyncGenerator<Buffer>): Promise<boolean> {
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of left) {
      for (let at = 0; at < chunk.length; ) {
        if (rest.length === 0) {
          const next = await right.next();
          if (next.done) return false;
          rest = next.value;
        }
        const length = Math.min(rest.length, chunk.length - at);
        if (rest.compare(chunk, at, at + length, 0, length) !== 0) return false;
        rest = rest.subarray(length);
        at += length;
      }
    }
    while (rest.length === 0) {
      const next = await right.next();
      if (next.done) return true;
      rest = next.value;
    }
    return false;
  } finally {
    await right.return(undefined);
  }
}
