import { isUtf8 } from 'node:buffer';
import { createHash, type Hash } from 'node:crypto';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import { splitMultipart } from '../../../flow/message/multipart-bytes.js';
import { MultipartPart } from '../../../flow/message/multipart-part.js';
import { decodePairs } from '../../../flow/message/urlencoded.js';
import { essenceOf, parameterOf } from '../../../flow/text/parameters.js';
import { plural } from '../../../flow/text/plural.js';
import { canonicalJson, parseJson } from './canonical-json.js';
import { type KeyField, unordered } from './key-field.js';
import type { KeyOptions } from './key-options.js';
import type { KeyRules } from './key-rules.js';

/**
 * The fields of a request body, after its content coding is removed: the fields of a form, the parts of a multipart body or the
 * JSON value; otherwise the bytes.
 * @returns a promise only if the body is not in memory
 */
export function bodyFields(
  request: HttpRequest,
  options: KeyOptions,
  rules: KeyRules | undefined,
): KeyField[] | Promise<KeyField[]> {
  const { body } = request;
  if (options.ignoreContent || rules?.ignoresBody || body.size === 0) return [];
  if (!body.kept) return [{ part: 'body', name: '', value: `not kept, ${body.size}` }];
  if (body.size > options.bodyLimit) return hashStream(request);
  // Content with a coding may be much larger than the body, so it is decoded as a stream.
  const content = request.headers.has('content-encoding') ? undefined : body.stored?.buffer;
  return content ? contentFields(content, request, options, rules) : streamFields(request, options, rules);
}

/** Reads the content as a stream. It is collected only if it may have fields or JSON, or if rules mask parts of it. */
async function streamFields(
  request: HttpRequest,
  options: KeyOptions,
  rules: KeyRules | undefined,
): Promise<KeyField[]> {
  const hash = createHash('sha256');
  let size = 0;
  let collected: Buffer[] | undefined;
  try {
    for await (const chunk of request.body.chunks()) {
      if (size === 0 && (rules?.changesText || chunk.length <= SHORT || mayHaveFields(request, chunk))) collected = [];
      size += chunk.length;
      if (size > options.bodyLimit) return hashStream(request);
      if (collected) collected.push(chunk);
      else hash.update(chunk);
    }
  } catch {
    // Undecodable content is compared as coded bytes.
    return hashStream(request);
  }
  if (collected) return contentFields(Buffer.concat(collected), request, options, rules);
  return [{ part: 'body', name: '', value: described(hash, size) }];
}

/** @param start the first bytes of the content */
function mayHaveFields({ headers }: HttpRequest, start: Buffer): boolean {
  const essence = essenceOf(headers.get('content-type'));
  return essence === 'application/x-www-form-urlencoded' || essence.startsWith('multipart/') || mayBeJson(start);
}

function contentFields(
  content: Buffer,
  { headers }: HttpRequest,
  options: KeyOptions,
  rules: KeyRules | undefined,
): KeyField[] {
  const type = headers.get('content-type');
  const essence = essenceOf(type);
  if (essence === 'application/x-www-form-urlencoded') return formFields(content, options, rules);
  if (essence.startsWith('multipart/')) {
    const fields = partFields(content, parameterOf(type!, 'boundary') ?? '', options, rules);
    if (fields) return fields;
  }
  const value = mayBeJson(content) ? parseJson(content.toString()) : undefined;
  const json = value === undefined ? undefined : canonicalJson(rules ? rules.json(value) : value);
  if (json !== undefined) return [{ part: 'json', name: '', value: json }];
  return [{ part: 'body', name: '', value: bytesValue(masked(content, rules)) }];
}

/** Clients send JSON with various media types, so it is recognised by its first byte, unless only white space has come so far. */
function mayBeJson(content: Buffer): boolean {
  let at = 0;
  while (at < content.length && JSON_SPACE.has(content[at]!)) at++;
  return at === content.length || content[at] === OPENING_BRACE || content[at] === OPENING_BRACKET;
}

const JSON_SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const OPENING_BRACE = 0x7b;
const OPENING_BRACKET = 0x5b;

function formFields(content: Buffer, { ignorePayloadParams }: KeyOptions, rules: KeyRules | undefined): KeyField[] {
  const fields: KeyField[] = [];
  for (const [name, value] of decodePairs(content.toString('latin1'))) {
    if (ignorePayloadParams.has(name) || rules?.ignores('param', name)) continue;
    fields.push({ part: 'form', name, value: rules ? rules.value('param', name, value) : value });
  }
  return unordered(fields);
}

/** @returns undefined if the body is not a multipart body */
function partFields(
  content: Buffer,
  boundary: string,
  options: KeyOptions,
  rules: KeyRules | undefined,
): KeyField[] | undefined {
  const found = splitMultipart(content, boundary);
  if (!found) return undefined;
  const fields: KeyField[] = [];
  for (const bytes of found.parts) {
    const part = new MultipartPart(bytes, () => {});
    const { name, filename } = part;
    if (options.ignorePayloadParams.has(name) || rules?.ignores('param', name)) continue;
    const file =
      filename === undefined ? '' : `${JSON.stringify(filename)} ${essenceOf(part.headers.get('content-type'))} `;
    const isText = rules && filename === undefined && isUtf8(part.content);
    const value = isText ? rules.value('param', name, String(part.content)) : bytesValue(part.content);
    fields.push({ part: 'part', name, value: file + value });
  }
  return unordered(fields);
}

/** The text without the parts that rules ignore. */
function masked(content: Buffer, rules: KeyRules | undefined): Buffer {
  return rules?.changesText && isUtf8(content) ? Buffer.from(rules.text(content.toString())) : content;
}

/** Short text itself, for messages about differences; otherwise a hash. */
function bytesValue(content: Buffer): string {
  const isShort = content.length <= SHORT && !content.some((byte) => byte < 0x09);
  if (isShort) return content.toString('latin1');
  return described(createHash('sha256').update(content), content.length);
}

const SHORT = 200;

/** Hashes the coded bytes of a body of any size. */
async function hashStream({ body }: HttpRequest): Promise<KeyField[]> {
  const hash = createHash('sha256');
  for await (const chunk of body.rawChunks()) hash.update(chunk);
  return [{ part: 'body', name: '', value: described(hash, body.size) }];
}

function described(hash: Hash, size: number): string {
  return `${plural(size, 'byte')}, SHA-256 ${hash.digest('hex')}`;
}
