import type { HttpResponse } from '../../../flow/http/http-response.js';
import { parseHttpDate } from './http-date.js';

/** Fields whose dates are moved. */
const DATES = ['date', 'expires', 'last-modified'] as const;

/**
 * Moves the dates of a recorded response by the time since then, as mitmproxy does, so that responses and cookies are as fresh
 * as they were. A cookie's invalid `Expires` is removed.
 * @param now seconds since the epoch
 */
export function refresh(response: HttpResponse, now: number): void {
  const { headers, timestampStart } = response;
  const moved = (text: string): string | undefined => {
    const date = parseHttpDate(text);
    if (date === undefined) return undefined;
    const later = new Date(date + (now - timestampStart) * 1000);
    return Number.isNaN(later.getTime()) ? text : later.toUTCString();
  };
  for (const name of DATES) {
    const value = headers.get(name);
    const date = value === undefined ? undefined : moved(value);
    if (date !== undefined) headers.set(name, date);
  }
  if (!headers.has('set-cookie')) return;
  for (const cookie of response.cookies) {
    const expires = cookie.attribute('expires');
    if (expires === undefined || cookie.name === '' || cookie.value === '') continue;
    cookie.setAttribute('Expires', moved(expires));
  }
}
