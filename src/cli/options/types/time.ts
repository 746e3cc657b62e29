import { parseTime } from '../../../filters/arguments/time.js';
import { type OptionType, OptionValueError } from './types.js';

/** A point in time, in seconds since the epoch. */
export const time: OptionType<number> = {
  name: 'time',
  metavar: 'TIME',
  parse: (text) => {
    const found = parseTime(text.trim(), Date.now() / 1000);
    if (found !== undefined) return found;
    throw new OptionValueError('expected a time such as 2024-05-31, 2024-05-31T12:00Z, 12:30 (today) or 2h (ago)');
  },
  show: (seconds) => {
    const date = new Date(seconds * 1000);
    return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString();
  },
};

const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };
/** The limit of Node's timers. */
const LONGEST = 24 * 86_400;

/** A time span in seconds that is not 0: `90`, `500ms`, `10s`, `5m`, `1h30m`. */
export const duration: OptionType<number> = {
  name: 'duration',
  metavar: 'DURATION',
  parse: (text) => {
    const value = parseDuration(text.toLowerCase());
    if (value >= 0.001 && value <= LONGEST) return value;
    throw new OptionValueError(
      'expected a time span of at most 24 days, such as 90 (seconds), 500ms, 10s, 5m or 1h30m',
    );
  },
  show: (value) => `${value}s`,
};

function parseDuration(text: string): number {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(text)) return Number.NaN;
  const parts = text.match(/[\d.]+|[a-z]+/g)!;
  let sum = 0;
  for (let at = 0; at < parts.length; at += 2) sum += Number(parts[at]) * SECONDS[parts[at + 1]!]!;
  return sum;
}
