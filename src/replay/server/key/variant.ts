import type { HttpFlow } from '../../../flow/flow.js';
import type { Headers } from '../../../flow/http/headers.js';
import { KeyHash } from './key-hash.js';
import type { KeyOptions } from './key-options.js';

/** Maximum number of names of headers that count. */
export const MAX_NAMES = 20;

/** A number for the headers that `Vary` of the response names, and their values; 0 if it names none. */
export function variantOf(flow: HttpFlow, keys: KeyOptions): number {
  const names = selectingNames(flow, keys);
  if (names.length === 0) return 0;
  const hash = valuesHash(flow.request.headers, names);
  return (hash.charCodeAt(0) | (hash.charCodeAt(1) << 16)) >>> 0;
}

/** A hash of the values of these headers. */
export function valuesHash(headers: Headers, names: readonly string[]): string {
  const hash = new KeyHash();
  for (const name of names) {
    hash.text(name);
    hash.text(headers.get(name) ?? MISSING);
  }
  return hash.digest();
}

/** No header has this value. */
const MISSING = '\0';

/**
 * The request headers that `Vary` names (RFC 9110 section 12.5.5), in lower case. Without `Accept-Encoding`, because answers are
 * decoded for clients that do not accept their coding.
 */
export function selectingNames(flow: HttpFlow, { rules }: KeyOptions): string[] {
  const vary = flow.response?.headers.get('vary');
  if (vary === undefined) return [];
  const applied = rules?.for(flow);
  const names = vary.split(',', MAX_NAMES).map((name) => name.trim().toLowerCase());
  const counts = (name: string): boolean =>
    name !== '' && name !== '*' && name !== 'accept-encoding' && !applied?.ignores('header', name);
  return names.filter(counts);
}
