import type { Headers } from './headers.js';

/**
 * Makes the framing fields agree with new content (RFC 9112 section 6). What came in chunks stays so. The length of a response
 * to HEAD stays as long as there is no content, as it is that of another response.
 * @param before bytes of the content until now
 * @param isNeeded content without a length would be taken for none
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
