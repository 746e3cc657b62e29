import { Body, type ByteSource } from '../../flow/body/body.js';
import { MemorySource } from '../../flow/body/byte-source.js';
import { parseContentEncoding } from '../../flow/body/content-coding.js';
import type { Headers } from '../../flow/http/headers.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import type { HttpResponse } from '../../flow/http/http-response.js';
import { decodesTo } from './coded-body.js';
import { type Content, contentText, smallContent, surveyContent } from './content.js';
import { type Fields, isText } from './fields.js';
import { decodeBase64, encodeBase64 } from './text/base64.js';
import { JsonError } from './text/json-error.js';
import type { JsonPieces } from './text/json-pieces.js';
import { LongText } from './text/long-text.js';

/**
 * The body of a message, from `body` or `bodyBase64`, `encodedBodyBase64` and `bodySize`. The encoded bytes are used if
 * they decode to the content beside them. Otherwise the content was edited: it becomes the body, without content
 * coding, and the headers are adjusted.
 * @throws JsonError
 */
export function decodeBody(fields: Fields, headers: Headers): Body {
  const complete = fields.boolean('bodyComplete') ?? true;
  const isBase64 = fields.any('bodyBase64') !== undefined;
  const content = fields.any(isBase64 ? 'bodyBase64' : 'body');
  if (content === undefined) return Body.of(headers, undefined, fields.size('bodySize') ?? 0, complete);
  const coded = codedBytes(fields, content, isBase64, headers);
  const source = coded ?? (isBase64 ? base64Source(fields, 'bodyBase64')! : textSource(fields, 'body')!);
  if (!coded && fields.any('encodedBodyBase64') !== undefined) describeReplaced(headers, source.size);
  return Body.of(headers, source.size > 0 ? source : undefined, source.size, complete);
}

/** The encoded bytes; undefined if they are missing, or belong to other content. */
function codedBytes(fields: Fields, content: unknown, isBase64: boolean, headers: Headers): ByteSource | undefined {
  const coded = fields.any('encodedBodyBase64');
  // Long texts were compared earlier.
  if (coded instanceof LongText) return coded.base64;
  if (!isText(coded)) return undefined;
  if (content instanceof LongText) return coded === '' ? undefined : base64Source(fields, 'encodedBodyBase64');
  const bytes = isText(content) ? contentBytes(content, isBase64) : undefined;
  const codings = parseContentEncoding(headers.get('content-encoding'));
  const source = bytes && ifBase64(coded);
  return source && decodesTo(source, codings, bytes) ? new MemorySource(source) : undefined;
}

function contentBytes(content: string, isBase64: boolean): Buffer {
  return isBase64 ? decodeBase64(content) : Buffer.from(content);
}

function ifBase64(text: string): Buffer | undefined {
  try {
    return decodeBase64(text);
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

function describeReplaced(headers: Headers, size: number): void {
  headers.delete('content-encoding');
  if (headers.get('content-length') !== undefined) headers.set('content-length', String(size));
}

/** The text of a member as UTF-8. @throws JsonError */
function textSource(fields: Fields, key: string): ByteSource | undefined {
  const value = fields.any(key);
  if (value instanceof LongText) return value.text;
  const text = fields.text(key);
  return text === undefined ? undefined : new MemorySource(Buffer.from(text));
}

/** The bytes of a member in base64. @throws JsonError */
function base64Source(fields: Fields, key: string): ByteSource | undefined {
  const value = fields.any(key);
  if (value instanceof LongText) return value.base64;
  const text = fields.text(key);
  return text === undefined ? undefined : new MemorySource(decodeBase64(text));
}

/** Adds the members for the body of a message, each preceded by a comma. The content comes last. */
export function encodeBody(out: JsonPieces, message: HttpRequest | HttpResponse): void {
  const { body } = message;
  out.add(`,"bodySize":${body.size}`);
  if (!body.complete) out.add(',"bodyComplete":false');
  if (body.size === 0 || !body.kept) return;
  const content = smallContent(message);
  if (content) {
    if (content.cut) out.add(DECODED_IN_PART);
    out.add(content.utf8 ? `,"body":${textOf(content)}` : `,"bodyBase64":"${content.bytes!.toString('base64')}"`);
  }
  if (content?.decoded) out.add(`,"encodedBodyBase64":"${body.stored!.buffer!.toString('base64')}"`);
  if (!content) out.addLater(() => largeBody(message));
}

/**
 * Yields a member whose value is a string in pieces.
 * @param onFailure additional members if the string cannot be completed
 */
export async function* stringMember(
  key: string,
  pieces: AsyncIterable<Buffer>,
  onFailure = '',
): AsyncGenerator<Buffer> {
  yield Buffer.from(`,"${key}":"`);
  try {
    yield* pieces;
  } catch (error) {
    yield Buffer.from(`"${onFailure}`);
    throw error;
  }
  yield Buffer.from('"');
}

const DECODED_IN_PART = ',"bodyDecoded":"incomplete"';

function textOf(content: Content): string {
  return JSON.stringify(content.bytes!.toString('utf8'));
}

async function* largeBody(message: HttpRequest | HttpResponse): AsyncGenerator<Buffer> {
  const { body } = message;
  const cutOff = body.complete ? ',"bodyComplete":false' : '';
  const content = await surveyContent(message);
  if (content.cut) yield Buffer.from(DECODED_IN_PART);
  yield* stringMember(content.utf8 ? 'body' : 'bodyBase64', contentText(content, content.utf8), cutOff);
  if (content.decoded) yield* stringMember('encodedBodyBase64', encodeBase64(body.rawChunks()), cutOff);
}
