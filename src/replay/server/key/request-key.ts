import type { HttpFlow } from '../../../flow/flow.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import { bodyFields } from './body-fields.js';
import { headFields } from './head-fields.js';
import { KEY_PARTS, type KeyField, type KeyPart } from './key-field.js';
import { KeyHash } from './key-hash.js';
import type { KeyOptions } from './key-options.js';

/**
 * All compared fields of a request, in a fixed order.
 * @param flow selects the rules
 * @param request replaces the request of the flow
 * @returns a promise only if the body is not in memory
 */
export function requestFields(
  flow: HttpFlow,
  options: KeyOptions,
  request: HttpRequest = flow.request,
): KeyField[] | Promise<KeyField[]> {
  const rules = options.rules?.for(flow);
  const head = headFields(request, options, rules);
  const body = bodyFields(request, options, rules);
  const whole = (fields: KeyField[]): KeyField[] => {
    const all = fields.length > 0 ? head.concat(fields) : head;
    return options.redacted ? options.redacted.apply(all) : all;
  };
  return body instanceof Promise ? body.then(whole) : whole(body);
}

/** The key of a request: a hash of its fields, equal for equal requests. */
export function keyOf(fields: readonly KeyField[]): string {
  const hash = new KeyHash();
  for (const { part, name, value } of fields) {
    hash.word(NUMBER_OF.get(part)!);
    hash.text(name);
    hash.text(value);
  }
  return hash.digest();
}

const NUMBER_OF: ReadonlyMap<KeyPart, number> = new Map(KEY_PARTS.map((part, number) => [part, number]));

/** Groups of parts by which the similarity of requests is judged, the most important first. */
const SIMILARITY_GROUPS: readonly (readonly KeyPart[])[] = [
  ['path'],
  ['method', 'upgrade'],
  ['scheme', 'host', 'port'],
  ['query'],
  ['form', 'part', 'json', 'body'],
  ['header'],
];

/** Length of a signature: a hash for each group, and one for the parent folder of the path. */
export const SIGNATURE_SIZE = SIMILARITY_GROUPS.length + 1;

/** The weight of an equal hash, by its index in the signature. */
export const SIGNATURE_WEIGHTS: readonly number[] = [32, 8, 16, 2, 1, 1, 12];

const GROUP_OF: ReadonlyMap<KeyPart, number> = new Map(
  KEY_PARTS.map((part) => [part, SIMILARITY_GROUPS.findIndex((group) => group.includes(part))]),
);

/**
 * The signature of a request: hashes by which similar requests are found without reading them. @param into has the length
 * `SIGNATURE_SIZE`
 */
export function signatureOf(fields: readonly KeyField[], into: Uint32Array): Uint32Array {
  into.fill(BASIS);
  for (const { part, name, value } of fields) {
    const group = GROUP_OF.get(part)!;
    into[group] = hashText(value, hashText(name, into[group]!));
    if (part === 'path') into[SIGNATURE_SIZE - 1] = hashText(value.slice(0, value.lastIndexOf('/')), BASIS);
  }
  return into;
}

const BASIS = 0x811c9dc5;
/** Maximum number of hashed characters of a value. A collision only makes an explanation worse. */
const HASHED = 256;

/** An FNV-1a hash. */
function hashText(text: string, basis: number): number {
  let hash = basis;
  const end = Math.min(text.length, HASHED);
  for (let at = 0; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash ^ text.length) >>> 0;
}
