import { parseContentEncoding } from '../../../flow/body/content-coding.js';
import type { Field } from '../../../flow/http/headers.js';
import { leadingMediaType } from '../../../flow/http/token.js';
import { charsetOf, encodeInCharset } from '../../../flow/text/charset.js';
import { withParameter } from '../../../flow/text/parameters.js';
import { decodeBase64 } from '../../json/text/base64.js';
import { LongText } from '../../json/text/long-text.js';
import { alterHeader, headerOf } from '../entry/read-headers.js';
import type { HarBody } from './har-body.js';

/** Parameters of a media type, in characters allowed in a header (RFC 9110 section 8.3.1). */
const PARAMETERS = /^\s*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;

export interface Reconciled {
  pairs: Field[];
  body: HarBody;
  /** Changes, for users: names and the previous values. */
  altered: string[];
}

/**
 * Makes headers and body of a foreign HAR consistent. Such a file keeps the wire's headers beside a body without
 * content coding and charset, or states the media type only beside the body.
 */
export function reconcile(wire: Field[], body: HarBody): Reconciled {
  const { pairs, altered } = withType(wire, body);
  // An empty body may be that of a HEAD or 304 response, or was not recorded: its headers describe another one.
  if (isEmpty(body.body) && isEmpty(body.bodyBase64)) return { pairs, body, altered };
  let fields = pairs;
  let content = body;
  const coding = headerOf(pairs, 'content-encoding');
  if (!body.isEncoded && parseContentEncoding(coding).length > 0) {
    fields = alterHeader(fields, 'content-encoding', undefined);
    altered.push(`content-encoding: ${coding}`);
  }
  const type = headerOf(pairs, 'content-type');
  const charset = charsetOf(type);
  if (content.body !== undefined && charset !== undefined) {
    const bytes = typeof content.body === 'string' ? encodeInCharset(content.body, charset) : undefined;
    if (bytes) content = { bodyBase64: bytes.toString('base64') };
    else if (!/^utf-?8$/i.test(charset)) {
      fields = alterHeader(fields, 'content-type', withParameter(type!, 'charset', 'utf-8'));
      altered.push(`content-type: ${type}`);
    }
  }
  const length = headerOf(fields, 'content-length');
  const size = String(sizeOf(content));
  if (length !== undefined && length !== size) {
    fields = alterHeader(fields, 'content-length', size);
    altered.push(`content-length: ${length}`);
  }
  return { pairs: fields, body: content, altered };
}

function isEmpty(content: unknown): boolean {
  return content === undefined || content === '';
}

/** Sets `Content-Type` to the body's type if it is missing or wrong. */
function withType(pairs: Field[], { mimeType, contentType }: HarBody): { pairs: Field[]; altered: string[] } {
  const type = headerOf(pairs, 'content-type');
  if (type !== undefined) {
    if (contentType === undefined || contentType === type) return { pairs, altered: [] };
    return { pairs: alterHeader(pairs, 'content-type', contentType), altered: [`content-type: ${type}`] };
  }
  const made = contentType ?? mimeType?.trim();
  if (made === undefined || !isMediaType(made)) return { pairs, altered: [] };
  const isLower = pairs.length > 0 && pairs.every(([name]) => name === name.toLowerCase());
  return {
    pairs: [...pairs, [isLower ? 'content-type' : 'Content-Type', made]],
    altered: [`mimeType: ${mimeType ?? ''}`],
  };
}

function isMediaType(text: string): boolean {
  const type = leadingMediaType(text);
  return type !== undefined && PARAMETERS.test(text.slice(type.length));
}

function sizeOf({ body, bodyBase64 }: HarBody): number {
  if (bodyBase64 instanceof LongText) return bodyBase64.base64Size ?? 0;
  if (body instanceof LongText) return body.textSize;
  return typeof bodyBase64 === 'string' ? decodeBase64(bodyBase64).length : Buffer.byteLength(String(body));
}
