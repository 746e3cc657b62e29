import type { Headers } from './headers.js';

/**
 * Updates the framing fields for new content (RFC 9112 section 6). A chunked message stays chunked. A message without content
 * before and after keeps its length: a response to HEAD has the length that GET would have.
 * @param before bytes of the previous content
 * @param isNeeded whether a message without a length would be read as having no content
 */
export function fitLength(headers: Headers, before: number, size: number, isNeeded: boolean): void {
  if (headers.has('transfer-encoding')) {
    headers.delete('content-length');
  } else if (headers.has('content-length')) {
    if (before > 0 || size > 0) headers.set('Content-Length', String(size));
  } else if (isNeeded && size > 0) {
    headers.append('Content-Length', String(size));
  }
}

/** The size of a body that was not kept, from `Content-Length`; otherwise 0. */
export function announcedLength(headers: Headers): number {
  const value = headers.get('content-length');
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : 0;
}
