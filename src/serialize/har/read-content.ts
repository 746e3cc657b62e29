import { parseContentEncoding } from '../../flow/content-coding.js';
import type { Field } from '../../flow/headers.js';
import { decodeBase64 } from '../json/base64.js';
import type { Fields } from '../json/fields.js';
import { JsonError } from '../json/json-error.js';
import { LongText } from '../json/long-text.js';
import { charsetOf, encodeText, withUtf8 } from './charset.js';
import { numberOf } from './har-time.js';
import { alterHeader, headerOf } from './read-headers.js';

/** A body as it stands in a HAR, as members of the form of JSON Lines. */
export interface HarBody {
  body?: unknown;
  bodyBase64?: unknown;
  bodySize?: number;
}

/** The body of a response: the `content` of a HAR. */
export function readContent(response: Fields): HarBody {
  const content = response.object('content');
  // Some count the head to the size of the body.
  const size = Math.max(0, numberOf(content?.any('size')) ?? numberOf(response.any('bodySize')) ?? 0);
  const text = content?.any('text');
  // Some write an empty text for what they did not keep.
  if (!isContent(text) || (text === '' && size > 0)) return { bodySize: size };
  return bodyOf(text, content!);
}

/** The body of a request: the `postData` of a HAR. */
export function readPostData(request: Fields): HarBody {
  const postData = request.object('postData');
  const text = postData?.any('text');
  if (isContent(text) && text !== '') return bodyOf(text, postData!);
  const binary = postData?.any('_base64');
  if (isContent(binary)) return { bodyBase64: binary };
  const form = postData && formOf(postData);
  if (form) return { body: form };
  return { bodySize: Math.max(0, numberOf(request.any('bodySize')) ?? 0) };
}

/** Programs that remove secrets put a few words in place of base64, and leave the `encoding`. */
function bodyOf(text: unknown, fields: Fields): HarBody {
  return /^base64$/i.test(fields.text('encoding') ?? '') && isBase64(text) ? { bodyBase64: text } : { body: text };
}

function isBase64(text: unknown): boolean {
  if (text instanceof LongText) return text.base64Size !== undefined;
  try {
    decodeBase64(String(text));
    return true;
  } catch (error) {
    if (error instanceof JsonError) return false;
    throw error;
  }
}

/**
 * Makes headers and body agree where a HAR of another program says what is decoded: such a file keeps the headers of the
 * wire beside a text without content coding and charset.
 * @returns what of them was altered, for people
 */
export function reconcile(pairs: Field[], body: HarBody): { pairs: Field[]; body: HarBody; altered: string[] } {
  if (body.body === undefined && body.bodyBase64 === undefined) return { pairs, body, altered: [] };
  const altered: string[] = [];
  let fields = pairs;
  let content = body;
  const coding = headerOf(pairs, 'content-encoding');
  if (parseContentEncoding(coding).length > 0) {
    fields = alterHeader(fields, 'content-encoding', undefined);
    altered.push(`content-encoding: ${coding}`);
  }
  const type = headerOf(pairs, 'content-type');
  const charset = charsetOf(type);
  if (content.body !== undefined && charset !== undefined) {
    const bytes = typeof content.body === 'string' ? encodeText(content.body, charset) : undefined;
    if (bytes) content = { bodyBase64: bytes.toString('base64') };
    else if (!/^utf-?8$/.test(charset)) {
      fields = alterHeader(fields, 'content-type', withUtf8(type!));
      altered.push(`content-type: ${type}`);
    }
  }
  const length = headerOf(fields, 'content-length');
  const size = sizeOf(content);
  if (length !== undefined && length !== String(size) && (size > 0 || altered.length > 0)) {
    fields = alterHeader(fields, 'content-length', String(size));
    altered.push(`content-length: ${length}`);
  }
  return { pairs: fields, body: content, altered };
}

function sizeOf({ body, bodyBase64 }: HarBody): number {
  if (bodyBase64 instanceof LongText) return bodyBase64.base64Size ?? 0;
  if (body instanceof LongText) return body.textSize;
  return typeof bodyBase64 === 'string' ? decodeBase64(bodyBase64).length : Buffer.byteLength(String(body));
}

/** What URL-encoded parameters stand for, if there is nothing else. */
function formOf(postData: Fields): string | undefined {
  if (!/^\s*application\/x-www-form-urlencoded\b/i.test(postData.text('mimeType') ?? '')) return undefined;
  const params = postData.objects('params');
  if (params.length === 0) return undefined;
  const pairs = params.map((param): [string, string] => [param.text('name') ?? '', param.text('value') ?? '']);
  return new URLSearchParams(pairs).toString();
}

function isContent(value: unknown): boolean {
  return typeof value === 'string' || value instanceof LongText;
}
