import { quote } from '../../flow/text/quote.js';
import type { ExpressionCursor } from '../cursor.js';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400 };
const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i;
const EXPECTED = 'a time: 2024-05-31, 2024-05-31T12:00, 2024-05-31T12:00:00Z, 12:30 (today), 15m (ago)';

/**
 * Reads a point in time: a date, a date with a time, a time of today, a duration ago, or seconds since the epoch (nine digits
 * or more). Without a zone it is local time.
 * @param now reference for "today" and "ago", in seconds since the epoch
 * @returns seconds since the epoch
 * @throws FilterError
 */
export function readTime(cursor: ExpressionCursor, now: number): number {
  const start = cursor.at;
  const text = (cursor.next === '"' || cursor.next === "'" ? cursor.piece() : cursor.word('&|!'))?.text.trim();
  const time = text === undefined ? undefined : parseTime(text, now);
  if (time !== undefined) return time;
  throw cursor.error(start, text ? `${quote(text)} is not a valid time` : 'the value is missing', EXPECTED);
}

/** Parses a whole text as `readTime` does. @returns undefined if it is not a time */
export function parseTime(text: string, now: number): number | undefined {
  return parseAgo(text, now) ?? parseToday(text, now) ?? parseDate(text);
}

function parseAgo(text: string, now: number): number | undefined {
  if (/^\d{9,}(?:\.\d+)?$/.test(text)) return Number(text);
  const match = /^-?(\d+(?:\.\d+)?)([smhd])$/i.exec(text);
  return match ? now - Number(match[1]) * SECONDS[match[2]!.toLowerCase()]! : undefined;
}

function parseToday(text: string, now: number): number | undefined {
  const match = /^(\d\d?):(\d\d)(?::(\d\d))?$/.exec(text);
  if (!match) return undefined;
  const today = new Date(now * 1000);
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return today.setHours(hours, minutes, seconds, 0) / 1000;
}

function parseDate(text: string): number | undefined {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const [year, month, day, hours, minutes, seconds] = match
    .slice(1, 7)
    .map((digits) => Number(digits ?? 0)) as number[];
  const utc = new Date(Date.UTC(year!, month! - 1, day!, hours, minutes, seconds));
  // `Date` moves an overflow such as 30 February to another day.
  const written = [
    utc.getUTCMonth() + 1,
    utc.getUTCDate(),
    utc.getUTCHours(),
    utc.getUTCMinutes(),
    utc.getUTCSeconds(),
  ];
  if (written.some((value, at) => value !== [month, day, hours, minutes, seconds][at])) return undefined;
  const fraction = Number(match[7] ?? 0);
  const offset = match[8] && parseOffset(match[8]);
  if (offset === undefined)
    return new Date(year!, month! - 1, day!, hours, minutes, seconds).getTime() / 1000 + fraction;
  return utc.getTime() / 1000 - Number(offset) + fraction;
}

/** Offset from UTC in seconds, positive to the east. */
function parseOffset(zone: string): number {
  if (/z/i.test(zone)) return 0;
  const seconds = Number(zone.slice(1, 3)) * 3600 + Number(zone.slice(-2)) * 60;
  return zone.startsWith('-') ? -seconds : seconds;
}
