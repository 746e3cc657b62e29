import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import { decodePairs } from '../../../flow/message/urlencoded.js';
import { essenceOf, parameterOf } from '../../../flow/text/parameters.js';
import { isCallOrProtobuf } from '../../../protobuf/media-types.js';
import { callFields } from './call-fields.js';
import { canonicalJson, parseJson } from './canonical-json.js';
import { type KeyField, unordered } from './key-field.js';
import type { KeyOptions } from './key-options.js';
import type { KeyRules } from './key-rules.js';
import { bytesValue, largePartFields, partFields, SHORT, sizeAndHash } from './part-fields.js';

/**
 * The fields of a request body, after its content coding is removed: the fields of a form, the parts of a multipart body, the
 * JSON value or the messages of a call; otherwise the bytes.
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
  if (body.size > options.bodyLimit) return largeFields(request, options, rules);
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
      if (size > options.bodyLimit) return largeFields(request, options, rules);
      if (collected) collected.push(chunk);
      else hash.update(chunk);
    }
  } catch {
    // Undecodable content is compared as coded bytes.
    return hashStream(request);
  }
  if (collected) return contentFields(Buffer.concat(collected), request, options, rules);
  return [{ part: 'body', name: '', value: sizeAndHash(hash, size) }];
}

/** @param start the first bytes of the content */
function mayHaveFields({ headers }: HttpRequest, start: Buffer): boolean {
  const type = headers.get('content-type') ?? '';
  const essence = essenceOf(type);
  return (
    essence === 'application/x-www-form-urlencoded' ||
    essence.startsWith('multipart/') ||
    isCallOrProtobuf(type) ||
    mayBeJson(start)
  );
}

function contentFields(
  content: Buffer,
  request: HttpRequest,
  options: KeyOptions,
  rules: KeyRules | undefined,
): KeyField[] {
  const { headers } = request;
  const type = headers.get('content-type');
  const essence = essenceOf(type);
  // curl -d calls everything a form.
  if (essence === 'application/x-www-form-urlencoded')
    return jsonFields(content, rules) ?? formFields(content, options, rules);
  if (essence.startsWith('multipart/')) {
    const fields = partFields(content, parameterOf(type!, 'boundary') ?? '', options, rules);
    if (fields) return fields;
  }
  const call = callFields(content, request, options, rules);
  if (call) return call;
  return jsonFields(content, rules) ?? [{ part: 'body', name: '', value: bytesValue(masked(content, rules)) }];
}

/** @returns undefined if the content is not JSON */
function jsonFields(content: Buffer, rules: KeyRules | undefined): KeyField[] | undefined {
  const value = mayBeJson(content) ? parseJson(content.toString()) : undefined;
  const json = value === undefined ? undefined : canonicalJson(rules ? rules.json(value) : value);
  return json === undefined ? undefined : [{ part: 'json', name: '', value: json }];
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

/** The text without the parts that rules ignore. */
function masked(content: Buffer, rules: KeyRules | undefined): Buffer {
  return rules?.changesText && isUtf8(content) ? Buffer.from(rules.text(content.toString())) : content;
}

/** The parts of a multipart body, and one hash of another body. */
async function largeFields(
  request: HttpRequest,
  options: KeyOptions,
  rules: KeyRules | undefined,
): Promise<KeyField[]> {
  const parts = await largePartFields(request, options, rules).catch(() => undefined);
  return parts ?? hashStream(request);
}

/** Hashes the coded bytes of a body of any size. */
async function hashStream({ body }: HttpRequest): Promise<KeyField[]> {
  const hash = createHash('sha256');
  for await (const chunk of body.rawChunks()) hash.update(chunk);
  return [{ part: 'body', name: '', value: sizeAndHash(hash, body.size) }];
}
