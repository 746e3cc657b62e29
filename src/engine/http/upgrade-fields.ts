import type { Headers } from '../../flow/http/headers.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import type { HttpResponse } from '../../flow/http/http-response.js';

/** Whether the request asks for another protocol, so that a 101 may answer it. */
export function mayUpgrade({ headers, protocol }: HttpRequest): boolean {
  return headers.has('upgrade') || protocol !== undefined;
}

/** Whether a 101 accepts the `Upgrade: h2c` of its request (RFC 7540 section 3.2). */
export function acceptsH2c(request: HttpRequest, response: HttpResponse): boolean {
  return namesH2c(response.headers) && namesH2c(request.headers);
}

function namesH2c(headers: Headers): boolean {
  return headers
    .getAll('upgrade')
    .some((value) => value.split(',').some((name) => name.trim().toLowerCase() === 'h2c'));
}
