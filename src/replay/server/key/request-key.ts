import { hash } from 'node:crypto';
import type { HttpFlow } from '../../../flow/flow.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import { bodyFields } from './body-fields.js';
import { headFields } from './head-fields.js';
import { KEY_PARTS, type KeyField, type KeyPart } from './key-field.js';
import type { KeyOptions } from './key-options.js';

/**
 * Everything that counts of a request, in a fixed order.
 * @param flow the one that rules are chosen for
 * @param request that of the flow, or one that stands for it
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

/** Characters of a key, each a byte: enough that two different requests never have the same. */
export const KEY_SIZE = 16;

/** The key of a request: equal requests have the same. */
export function keyOf(fields: readonly KeyField[]): string {
  let text = '';
  for (const { part, name, value } of fields) text += `${part} ${name.length} ${name} ${value.length} ${value}\n`;
  // As text, because a buffer for each would cost more than the hash.
  return hash('sha256', text, 'binary').slice(0, KEY_SIZE);
}

/** Groups of parts by which the likeness of requests is judged, the most important first. */
const LIKENESS: readonly (readonly KeyPart[])[] = [
  ['path'],
  ['method', 'upgrade'],
  ['scheme', 'host', 'port'],
  ['query'],
  ['form', 'part', 'json', 'body'],
  ['header'],
];

/** Numbers of a signature: a hash for each group, and one for the folder of the path. */
export const SIGNATURE_SIZE = LIKENESS.length + 1;

/** How much an equal number at each place of a signature counts. */
export const SIGNATURE_WEIGHTS: readonly number[] = [32, 8, 16, 2, 1, 1, 12];

const GROUP_OF: ReadonlyMap<KeyPart, number> = new Map(
  KEY_PARTS.map((part) => [part, LIKENESS.findIndex((group) => group.includes(part))]),
);

/** Hashes by which requests that are alike are found without reading them. @param into of `SIGNATURE_SIZE` */
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
/** Only the beginning of a long value is hashed; a collision costs a worse explanation. */
const HASHED = 256;

/** FNV-1a. */
function hashText(text: string, basis: number): number {
  let hash = basis;
  const end = Math.min(text.length, HASHED);
  for (let at = 0; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash ^ text.length) >>> 0;
}
