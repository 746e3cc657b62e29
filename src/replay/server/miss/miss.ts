import type { HttpRequest } from '../../../flow/http/http-request.js';
import { oneLine } from '../../../flow/text/quote.js';
import { fromWire } from '../../../flow/text/wire-text.js';
import { type Difference, describeDifference } from './differences.js';

/** Why a request got no recorded answer. */
export interface Miss {
  readonly method: string;
  readonly url: string;
  readonly host: string;
  readonly path: string;
  /** How many recorded answers to just this request were all given before; 0 if it was not recorded. */
  readonly used: number;
  /** The recorded request that is most like it. */
  readonly closest: { readonly method: string; readonly url: string; readonly id: string } | undefined;
  /** From the closest one. */
  readonly differences: readonly Difference[];
}

/** One line that says what is missing. */
export function missLine({ method, url, used }: Miss): string {
  if (used > 0) return oneLine(`All recorded answers to ${method} ${url} have been given (${used}).`);
  return oneLine(`No recorded answer to ${method} ${url}.`);
}

/** Lines that say what it is closest to, and what differs. */
export function closestLines({ closest, differences }: Miss): string[] {
  if (!closest) return [];
  return [oneLine(`closest: ${closest.method} ${closest.url}`), ...differences.map(describeDifference)];
}

/** The JSON that a client gets offline instead of an answer. */
export function missBody({ method, url, used, closest, differences }: Miss): object {
  return { error: 'no recorded answer', method, url, answers_given: used, closest: closest ?? null, differences };
}

/** For messages: its URL as its client named it. */
export function urlOf(request: HttpRequest): string {
  return fromWire(request.prettyUrl);
}
