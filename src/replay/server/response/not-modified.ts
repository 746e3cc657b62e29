import type { HttpRequest } from '../../../flow/http/http-request.js';
import type { HttpResponse } from '../../../flow/http/http-response.js';

/** The fields with which a client asks for a 304 if its copy is still valid (RFC 9110 section 15.4.5). */
const CONDITIONS = ['if-none-match', 'if-modified-since'] as const;

/** Whether a response is a 304 for a client that has not asked for one, and so has no copy of the content. */
export function isUnasked(response: HttpResponse | undefined, request: HttpRequest): boolean {
  return response?.statusCode === 304 && !CONDITIONS.some((name) => request.headers.has(name));
}

/** The conditions of a request: names and values. */
export function conditionsOf({ headers }: HttpRequest): { name: string; value: string }[] {
  return CONDITIONS.flatMap((name) => {
    const value = headers.get(name);
    return value === undefined ? [] : { name, value };
  });
}
