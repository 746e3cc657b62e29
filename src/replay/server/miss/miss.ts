import type { HttpRequest } from '../../../flow/http/http-request.js';
import { oneLine } from '../../../flow/text/quote.js';
import { copyText } from '../../../flow/text/unread-text.js';
import { fromWire } from '../../../flow/text/wire-text.js';
import type { NoAnswer } from '../answers/unanswered.js';
import { describeDifference, type RequestDifference } from './request-differences.js';

/** A request without a recorded answer, and the explanation. */
export interface Miss {
  readonly method: string;
  readonly url: string;
  readonly host: string;
  readonly path: string;
  /** Number of recorded answers to the same request, all of which were used; 0 if it was not recorded. */
  readonly used: number;
  /** Why it has no answer although it was recorded. */
  readonly noAnswer: NoAnswer | undefined;
  /** The most similar recorded request. */
  readonly closest: { readonly method: string; readonly url: string; readonly id: string } | undefined;
  /** The differences from the most similar request. */
  readonly differences: readonly RequestDifference[];
}

const REASONS: Readonly<Record<NoAnswer, string>> = {
  'no-content': 'it was recorded, but without the content of the response',
  failed: 'it was recorded, but failed or was aborted',
};

/** One line that describes the missing answer. */
export function missLine({ method, url, used, noAnswer }: Miss): string {
  if (used > 0) return oneLine(`All recorded answers to ${method} ${url} have been used (${used}).`);
  return oneLine(`No recorded answer to ${method} ${url}${noAnswer ? `: ${REASONS[noAnswer]}` : ''}.`);
}

/** Lines with the most similar request and the differences. */
export function closestLines({ closest, differences }: Miss): string[] {
  if (!closest) return [];
  return [oneLine(`closest: ${closest.method} ${closest.url}`), ...differences.map(describeDifference)];
}

/** The JSON body of the response to a miss when offline. */
export function missBody({ method, url, used, noAnswer, closest, differences }: Miss): object {
  const reason = noAnswer && REASONS[noAnswer];
  return {
    error: 'no recorded answer',
    reason,
    method,
    url,
    answers_given: used,
    closest: closest ?? null,
    differences,
  };
}

/** The method and place of a request, for messages. They are copies, because results are remembered. */
export function namesOf(request: HttpRequest): Pick<Miss, 'method' | 'url' | 'host' | 'path'> {
  const { method, prettyHost, path } = request;
  return {
    method: copyText(method),
    url: copyText(urlOf(request)),
    host: copyText(prettyHost),
    path: copyText(fromWire(path)),
  };
}

/** The URL for messages, with the host that the client has named. */
export function urlOf(request: HttpRequest): string {
  return fromWire(request.prettyUrl);
}
