import { parseMapping, parseTarget, TargetError } from '../../../replay/client/destination/target.js';
import { type OptionType, OptionValueError, str } from './types.js';

/** A number of requests per second: `200/s`, `12000/m`, or `200`. */
export const rate: OptionType<number> = {
  name: 'rate',
  metavar: 'RATE',
  parse: (text) => {
    const [, digits, unit = 's'] = /^(\d+(?:\.\d+)?)(?:\/([smh]))?$/.exec(text) ?? [];
    const value = digits === undefined ? 0 : Number(digits) / UNITS[unit]!;
    if (value > 0 && value <= FASTEST) return value;
    throw new OptionValueError(
      `expected a number of requests per second or minute, such as 200/s or 90/m, up to ${FASTEST}/s`,
    );
  },
  show: (value) => `${value}/s`,
};

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
const FASTEST = 1_000_000;

/** A factor: `2x` is twice as fast. */
export const speed: OptionType<number> = {
  name: 'speed',
  metavar: 'SPEED',
  parse: (text) => {
    const value = /^\d+(?:\.\d+)?x$/i.test(text) ? Number(text.slice(0, -1)) : 0;
    if (value > 0 && Number.isFinite(value)) return value;
    throw new OptionValueError('expected a factor such as 2x, 0.5x or 1x');
  },
  show: (value) => `${value}x`,
};

/** A server that requests are sent to. The value stays text, which `parseTarget` parses. */
export const targetUrl: OptionType<string> = { ...str, metavar: 'URL', parse: (text) => checked(text, parseTarget) };

/** A server of a recording, and where its requests go. The value stays text, which `parseMapping` parses. */
export const targetMapping: OptionType<string> = {
  ...str,
  metavar: 'HOST[:PORT]=URL',
  parse: (text) => checked(text, parseMapping),
};

function checked(text: string, parse: (text: string) => unknown): string {
  try {
    parse(text);
    return text;
  } catch (error) {
    throw error instanceof TargetError ? new OptionValueError(error.message) : error;
  }
}

/** A number of requests at a time; -1 for no limit. */
export const concurrency: OptionType<number> = {
  name: 'int',
  metavar: 'NUMBER',
  parse: (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : 0;
    if (value === -1 || (value > 0 && Number.isSafeInteger(value))) return value;
    throw new OptionValueError('expected a whole number of 1 or more, or -1 for no limit');
  },
  show: String,
};
