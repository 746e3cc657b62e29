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
