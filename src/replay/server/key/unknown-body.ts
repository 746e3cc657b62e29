import type { HttpFlow } from '../../../flow/flow.js';
import type { KeyField, KeyPart } from './key-field.js';

const OF_BODY: ReadonlySet<KeyPart> = new Set(['form', 'part', 'json', 'body']);

const UNKNOWN: KeyField = { part: 'body', name: '', value: 'unknown' };

/**
 * Whether a recorded request has a body that was not sent completely, because the server had answered before: it refused the upload,
 * with or without `Expect: 100-continue`. Its answer is one to requests with any body. A request that was sent completely is
 * not meant, even if only a part of its body was recorded.
 */
export function hasUnknownBody({ request, response }: HttpFlow): boolean {
  return response !== undefined && !request.body.complete && request.timestampEnd === undefined;
}

/** The fields of a request, with a body that is not known. */
export function withUnknownBody(fields: readonly KeyField[]): KeyField[] {
  return [...fields.filter(({ part }) => !OF_BODY.has(part)), UNKNOWN];
}
