import type { HttpResponse } from '../../../flow/http/http-response.js';
import { parseHttpDate } from './http-date.js';

/** Fields whose dates are moved. */
const DATES = ['date', 'expires', 'last-modified'] as const;

/** Moves dates. Remembers the last result, because consecutive responses of a capture often have the same date. */
export class DateMover {
  private text = '';
  private date: number | undefined;
  private second = Number.NaN;
  private result = '';

  /**
   * Moves a date by an interval.
   * @param milliseconds the interval
   * @returns undefined if the text is not a date; the text if the moved date cannot be represented
   */
  move(text: string, milliseconds: number): string | undefined {
    if (text !== this.text) {
      this.date = parseHttpDate(text);
      this.text = text;
    }
    if (this.date === undefined) return undefined;
    const second = Math.floor((this.date + milliseconds) / 1000);
    if (second !== this.second) {
      const later = new Date(second * 1000);
      if (Number.isNaN(later.getTime())) return text;
      this.result = later.toUTCString();
      this.second = second;
    }
    return this.result;
  }
}

/**
 * Moves the dates of a recorded response by the time since then, as mitmproxy does, so that responses and cookies are as fresh
 * as they were. A cookie's invalid `Expires` is removed.
 * @param now seconds since the epoch
 */
export function refresh(response: HttpResponse, now: number, dates = new DateMover()): void {
  const { headers, timestampStart } = response;
  const interval = (now - timestampStart) * 1000;
  for (const name of DATES) {
    const value = headers.get(name);
    const date = value === undefined ? undefined : dates.move(value, interval);
    if (date !== undefined) headers.set(name, date);
  }
  if (!headers.has('set-cookie')) return;
  for (const cookie of response.cookies) {
    const expires = cookie.attribute('expires');
    if (expires === undefined || cookie.name === '' || cookie.value === '') continue;
    cookie.setAttribute('Expires', dates.move(expires, interval));
  }
}
