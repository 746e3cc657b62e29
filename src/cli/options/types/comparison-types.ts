import { type OptionType, OptionValueError } from './types.js';

/** A factor of more than 1, such as `2x`. */
export const factor: OptionType<number> = {
  name: 'factor',
  metavar: 'FACTOR',
  parse: (text) => {
    const value = /^\d+(?:\.\d+)?x?$/i.test(text) ? Number(text.replace(/x$/i, '')) : Number.NaN;
    if (value > 1 && value <= 1_000_000) return value;
    throw new OptionValueError('expected a factor above 1, such as 2x or 1.5x');
  },
  show: (value) => `${value}x`,
};

/** A percentage such as `10%`, parsed to a fraction: 0.1. */
export const percentage: OptionType<number> = {
  name: 'percentage',
  metavar: 'PERCENT',
  parse: (text) => {
    const value = /^\d+(?:\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) : Number.NaN;
    if (value <= 1_000_000) return value / 100;
    throw new OptionValueError('expected a percentage, such as 10%');
  },
  show: (value) => `${Math.round(value * 1e6) / 1e4}%`,
};
