import type { Field } from '../../../flow/http/headers.js';
import type { Fields } from '../../json/fields.js';
import { LongText } from '../../json/text/long-text.js';
import type { Omissions } from '../../shared/omissions.js';
import { numberMember, numberOf } from '../entry/har-time.js';
import { headerOf } from '../entry/read-headers.js';
import type { HarBody } from './har-body.js';
import { decodeChunks, isBase64Content } from './is-base64.js';
import { bodyOfParams } from './read-params.js';

/**
 * The body of a response: the `content` of a HAR.
 * @param own whether tsdump wrote it
 * @param isEmpty whether responses to such a request, or of such a status, have no content (RFC 9110 section 6.4.1)
 */
export function readContent(
  response: Fields,
  pairs: readonly Field[],
  own: boolean,
  isEmpty: boolean,
  omissions: Omissions,
): HarBody {
  const content = response.object('content');
  const bodySize = sizeOf(response, 'bodySize');
  // Some programs include the head in the size of the body.
  const size = (content && sizeOf(content, 'size')) ?? bodySize ?? (isEmpty ? 0 : declaredSize(pairs));
  const mimeType = content?.text('mimeType');
  const text = content && contentOf(content, 'text');
  // Some programs write an empty text for content that they did not keep.
  if (text === undefined || (text === '' && size > 0)) {
    if (!own) noteMissing(content, size, 'response.content', omissions);
    return { bodySize: size, mimeType };
  }
  const others = [bodySize, declaredSize(pairs)];
  return { ...bodyOf(text, content!, { size, others, mimeType, own }, omissions), mimeType };
}

/** The body of a request: the `postData` of a HAR. @param own whether tsdump wrote it */
export function readPostData(request: Fields, pairs: readonly Field[], own: boolean, omissions: Omissions): HarBody {
  const postData = request.object('postData');
  // Playwright writes 0 for a form with files, whose content it does not keep.
  const size = sizeOf(request, 'bodySize') || declaredSize(pairs);
  const mimeType = postData?.text('mimeType');
  const text = postData && contentOf(postData, 'text');
  if (text !== undefined && text !== '') {
    const others = [declaredSize(pairs)];
    return { ...bodyOf(text, postData!, { size, others, mimeType, own }, omissions), mimeType };
  }
  const binary = postData?.any('_base64');
  if (isString(binary)) {
    if (isBase64Content(binary, 0, [])) return { bodyBase64: binary };
    omissions.note('notBase64', postData!.name('_base64'));
    return { body: binary };
  }
  if (binary !== undefined) postData!.note('_base64', 'is not text');
  const made = postData && bodyOfParams(postData, headerOf(pairs, 'content-type') ?? mimeType ?? '', omissions);
  if (made) return { ...made, mimeType };
  if (!own) noteMissing(postData, size, 'request.postData', omissions);
  return size > 0 ? { bodySize: size, mimeType } : { bodySize: 0 };
}

/** Notes that a body is not in the HAR. Playwright may store bodies in files of their own, which `_file` names. */
function noteMissing(fields: Fields | undefined, size: number, path: string, omissions: Omissions): void {
  if (fields?.any('_file') !== undefined) omissions.note('otherFile', path);
  else if (size > 0) omissions.note('notKept', path);
}

/** A size in bytes; undefined if unknown, which HAR writes as -1. */
function sizeOf(fields: Fields, key: string): number | undefined {
  const size = numberMember(fields, key);
  return size === undefined || size < 0 ? undefined : Math.trunc(size);
}

/** The value of `Content-Length`; 0 if absent. Some programs state the size only there. */
function declaredSize(pairs: readonly Field[]): number {
  const size = numberOf(headerOf(pairs, 'content-length'));
  return size !== undefined && Number.isSafeInteger(size) && size > 0 ? size : 0;
}

interface Hints {
  size: number;
  /** Other stated sizes. */
  others: readonly (number | undefined)[];
  mimeType: string | undefined;
  own: boolean;
}

function bodyOf(text: unknown, fields: Fields, { size, others, mimeType, own }: Hints, omissions: Omissions): HarBody {
  const encoding = fields.text('encoding')?.trim().toLowerCase();
  if (encoding === 'base64') {
    if (isBase64Content(text, size, others)) return { bodyBase64: text };
    const chunks = typeof text === 'string' ? decodeChunks(text) : undefined;
    if (chunks) return { bodyBase64: chunks.toString('base64'), isEncoded: true };
    // Programs that remove secrets replace base64 with a short text but leave the encoding.
    omissions.note('notBase64', fields.name('text'));
    return { body: text };
  }
  if (encoding !== undefined && !PLAIN.has(encoding)) fields.note('encoding', 'is not known');
  if (own || typeof text !== 'string') return { body: text };
  if (isBinaryText(text, mimeType)) {
    omissions.note('latin1', fields.name('text'));
    return { bodyBase64: Buffer.from(text, 'latin1').toString('base64') };
  }
  if (isBinaryType(mimeType) && /[^\0-\xff]/.test(text)) omissions.note('lostBytes', fields.name('text'));
  return { body: text };
}

/** Values of `encoding` that some programs use for plain text. */
const PLAIN = new Set(['', 'utf-8', 'utf8', 'text', 'plain', 'identity', 'none', 'binary']);

/** Content that is text; any other value becomes its JSON. */
function contentOf(fields: Fields, key: string): string | LongText | undefined {
  const value = fields.any(key);
  if (value === undefined || isString(value)) return value;
  try {
    return JSON.stringify(value, (_key, part: unknown) => {
      // Only a string that is the content itself can be streamed.
      if (part instanceof LongText) throw new TypeError('it is too long');
      return part;
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    fields.note(key, 'is not text');
    return undefined;
  }
}

function isString(value: unknown): value is string | LongText {
  return typeof value === 'string' || value instanceof LongText;
}

/** Media types whose content is never text. */
const BINARY =
  /^\s*(?:image\/(?!svg)|audio\/|video\/|font\/|application\/(?:octet-stream|zip|x-zip|gzip|x-gzip|pdf|wasm|x-?protobuf|protobuf|grpc|font|x-font|vnd\.ms-fontobject|x-shockwave-flash|(?:x-|vnd\.)?msgpack))/i;

/** Whether content of this type is binary. */
function isBinaryType(mimeType: string | undefined): boolean {
  return BINARY.test(mimeType ?? '');
}

/**
 * Whether a text holds one byte per character (latin1): some programs write binary content this way, without an
 * `encoding`. Encoding such text as UTF-8 would change the bytes. Real text contains no NUL.
 */
function isBinaryText(text: string, mimeType: string | undefined): boolean {
  if (!/[\x80-\xff]/.test(text) || /[^\0-\xff]/.test(text)) return false;
  return isBinaryType(mimeType) || (text.includes('\0') && !/^\s*text\//i.test(mimeType ?? ''));
}
