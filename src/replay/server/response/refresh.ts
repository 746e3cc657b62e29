import type { HttpResponse } from '../../../flow/http/http-response.js';
import { parseHttpDate } from './http-date.js';

/** Fields whose dates are moved. */
const DATES = ['date', 'expires', 'last-modified'] as const;

/** Moves dates. Remembers the text of the last day, because formatting it takes more time than everything else. */
export class DateMover {
  private day = Number.NaN;
  private dayText = '';

  /**
   * Moves a date by an interval.
   * @param milliseconds the interval
   * @returns undefined if the text is not a date; the text if the moved date cannot be represented
   */
  move(text: string, milliseconds: number): string | undefined {
    const date = parseHttpDate(text);
    if (date === undefined) return undefined;
    const second = Math.floor((date + milliseconds) / 1000);
    const day = Math.floor(second / DAY);
    if (day !== this.day) {
      const midnight = new Date(day * DAY * 1000);
      if (Number.isNaN(midnight.getTime())) return text;
      this.dayText = midnight.toUTCString().slice(0, -'00:00:00 GMT'.length);
      this.day = day;
    }
    return `${this.dayText}${timeOfDay(second - day * DAY)} GMT`;
  }
}

/** Seconds in a day. */
const DAY = 86_400;
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

function timeOfDay(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${TWO_DIGITS[Math.floor(minutes / 60)]}:${TWO_DIGITS[minutes % 60]}:${TWO_DIGITS[seconds % 60]}`;
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
    if (expires === undefined || cookie.name === '') continue;
    cookie.setAttribute('Expires', dates.move(expires, interval));
  }
}
