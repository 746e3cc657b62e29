import type { HttpFlow } from '../../../flow/flow.js';
import type { KeyOptions } from './key-options.js';
import { hashText } from './request-key.js';

/** A hash of the headers that `Vary` of the response names, and of their values; 0 if it names none. */
export function variantOf(flow: HttpFlow, keys: KeyOptions): number {
  let hash = 0;
  for (const name of selectingNames(flow, keys)) hash = hashText(`${name}: ${flow.request.headers.get(name)}`, hash);
  return hash;
}

/**
 * The request headers that `Vary` names (RFC 9110 section 12.5.5), in lower case. Without `Accept-Encoding`, because answers are
 * decoded for clients that do not accept their coding.
 */
export function selectingNames(flow: HttpFlow, { rules }: KeyOptions): string[] {
  const vary = flow.response?.headers.get('vary');
  if (vary === undefined) return [];
  const applied = rules?.for(flow);
  const names = vary.split(',').map((name) => name.trim().toLowerCase());
  const counts = (name: string): boolean =>
    name !== '' && name !== '*' && name !== 'accept-encoding' && !applied?.ignores('header', name);
  return names.filter(counts);
}
