import { isUtf8 } from 'node:buffer';
import { createHash, type Hash } from 'node:crypto';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import { type PartBytes, splitMultipart, splitPart } from '../../../flow/message/multipart-bytes.js';
import { MultipartPart } from '../../../flow/message/multipart-part.js';
import { MultipartScanner } from '../../../flow/message/multipart-scanner.js';
import { essenceOf, parameterOf } from '../../../flow/text/parameters.js';
import { plural } from '../../../flow/text/plural.js';
import { type KeyField, unordered } from './key-field.js';
import type { KeyOptions } from './key-options.js';
import type { KeyRules } from './key-rules.js';

/** Larger parts are hashed as they are read. */
const LARGE_PART = 1 << 20;
/** Maximum number of parts of a body that is not in memory. */
const MAX_PARTS = 10_000;

/** The parts of a multipart body. @returns undefined if it is not a multipart body */
export function partFields(
  content: Buffer,
  boundary: string,
  options: KeyOptions,
  rules: KeyRules | undefined,
): KeyField[] | undefined {
  const found = splitMultipart(content, boundary);
  if (!found) return undefined;
  const fields: KeyField[] = [];
  for (const bytes of found.parts) {
    const field = smallPart(bytes, options, rules);
    if (field) fields.push(field);
  }
  return unordered(fields);
}

/**
 * The parts of a multipart body that is too large for memory, such as an upload. Its boundary is random, so its bytes as a whole
 * cannot be compared.
 * @returns undefined if it is not a multipart body
 * @throws ContentCodingError
 */
export async function largePartFields(
  { body, headers }: HttpRequest,
  options: KeyOptions,
  rules: KeyRules | undefined,
): Promise<KeyField[] | undefined> {
  const type = headers.get('content-type');
  const boundary = essenceOf(type).startsWith('multipart/') ? (parameterOf(type!, 'boundary') ?? '') : '';
  if (boundary === '') return undefined;
  const fields: KeyField[] = [];
  let count = 0;
  const scanner = new MultipartScanner(boundary, LARGE_PART, {
    small: (bytes) => {
      if (++count > MAX_PARTS) return;
      const field = smallPart({ ...splitPart(bytes), after: EMPTY }, options, rules);
      if (field) fields.push(field);
    },
    large: (start) => {
      count++;
      const part = { ...splitPart(start), after: EMPTY };
      const named = namedPart(part, options, rules);
      const hash = createHash('sha256').update(part.content);
      let size = part.content.length;
      return {
        push: (bytes) => {
          size += bytes.length;
          hash.update(bytes);
        },
        end: () => {
          if (named) fields.push({ part: 'part', name: named.name, value: named.file + sizeAndHash(hash, size) });
        },
      };
    },
  });
  for await (const chunk of body.chunks()) scanner.push(chunk);
  scanner.end();
  return count === 0 || count > MAX_PARTS ? undefined : unordered(fields);
}

const EMPTY = Buffer.alloc(0);

/** The field of a part. @returns undefined if it is not compared */
function smallPart(bytes: PartBytes, options: KeyOptions, rules: KeyRules | undefined): KeyField | undefined {
  const named = namedPart(bytes, options, rules);
  if (!named) return undefined;
  const { name, file } = named;
  const isText = rules && file === '' && isUtf8(bytes.content);
  const value = isText ? rules.value('param', name, String(bytes.content)) : bytesValue(bytes.content);
  return { part: 'part', name, value: file + value };
}

/** The name of a part, and the name and type of its file. @returns undefined if it is not compared */
function namedPart(
  bytes: PartBytes,
  { ignorePayloadParams }: KeyOptions,
  rules: KeyRules | undefined,
): { name: string; file: string } | undefined {
  const { name, filename, headers } = new MultipartPart(bytes, () => {});
  if (ignorePayloadParams.has(name) || rules?.ignores('param', name)) return undefined;
  if (filename === undefined) return { name, file: '' };
  return { name, file: `${JSON.stringify(filename)} ${essenceOf(headers.get('content-type'))} ` };
}

/** Short text itself, for messages about differences; otherwise a hash. */
export function bytesValue(content: Buffer): string {
  const isShort = content.length <= SHORT && !content.some((byte) => byte < 0x09);
  if (isShort) return content.toString('latin1');
  return sizeAndHash(createHash('sha256').update(content), content.length);
}

/** Maximum length of content that is compared as text. */
export const SHORT = 1000;

/** A size and a hash, as values of fields and messages about differences have them. */
export function sizeAndHash(hash: Hash, size: number): string {
  return `${plural(size, 'byte')}, SHA-256 ${hash.digest('hex')}`;
}
