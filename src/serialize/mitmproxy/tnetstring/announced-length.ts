import type { Headers } from '../../../flow/http/headers.js';

/** The size of a body that was not kept, from `Content-Length`; otherwise 0. */
export function announcedLength(headers: Headers): number {
  const value = headers.get('content-length');
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : 0;
}
