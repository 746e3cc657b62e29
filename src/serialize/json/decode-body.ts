import { Body, type ByteSource } from '../../flow/body.js';
import type { Headers } from '../../flow/headers.js';
import { MemoryBody } from '../memory-body.js';
import { decodeBase64 } from './base64.js';
import type { Fields } from './fields.js';
import { LongText } from './long-text.js';

/** The body of a message, from `body`, `bodyBase64`, `encodedBodyBase64` and `bodySize`. @throws JsonError */
export function decodeBody(fields: Fields, headers: Headers): Body {
  const source =
    base64Source(fields, 'encodedBodyBase64') ?? base64Source(fields, 'bodyBase64') ?? textSource(fields, 'body');
  const size = source?.size ?? fields.size('bodySize') ?? 0;
  return Body.of(headers, source && source.size > 0 ? source : undefined, size, fields.boolean('bodyComplete') ?? true);
}

/** The text of a member as UTF-8. @throws JsonError */
function textSource(fields: Fields, key: string): ByteSource | undefined {
  const value = fields.any(key);
  if (value instanceof LongText) return value.text;
  const text = fields.text(key);
  return text === undefined ? undefined : new MemoryBody(Buffer.from(text));
}

/** The bytes that a member gives in base64. @throws JsonError */
function base64Source(fields: Fields, key: string): ByteSource | undefined {
  const value = fields.any(key);
  if (value instanceof LongText) return value.base64;
  const text = fields.text(key);
  return text === undefined ? undefined : new MemoryBody(decodeBase64(text));
}
