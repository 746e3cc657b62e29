import type { HttpFlow } from '../../../flow/flow.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';

/** The fields with which a client asks for a 304 if its copy of the content is still valid (RFC 9110 section 15.4.5). */
const CONDITIONS = ['if-none-match', 'if-modified-since'] as const;

/** Whether a client has a copy of the content, so that it can use a 304. */
export function hasCopy(request: HttpRequest): boolean {
  const { method, headers } = request;
  return (method === 'GET' || method === 'HEAD') && CONDITIONS.some((name) => headers.has(name));
}

/** Whether a recorded response is only for clients with a copy of the content. */
export function isNotModified({ request, response }: HttpFlow): boolean {
  return response?.statusCode === 304 && response.body.size === 0 && hasCopy(request);
}

/** The conditions of a request: names and values. */
export function conditionsOf({ headers }: HttpRequest): { name: string; value: string }[] {
  return CONDITIONS.flatMap((name) => {
    const value = headers.get(name);
    return value === undefined ? [] : { name, value };
  });
}
