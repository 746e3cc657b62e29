import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { nearest } from '../../../filters/nearest.js';

/** An invalid value of an option. The message names the expected values; the caller adds the option and the place. */
export class OptionValueError extends Error {
  override name = 'OptionValueError';
}

/** The syntax of one value of an option. */
export interface OptionType<Value> {
  /** The name in `--options` and the docs. */
  readonly name: string;
  /** The placeholder of the value in a synopsis. */
  readonly metavar: string;
  /** All allowed values, for a short list of words. */
  readonly words?: readonly string[];
  /**
   * The value includes a password: no message quotes it. An empty value is an error (such as an unset shell variable), whereas
   * for other options it means no value.
   */
  readonly isSecret?: true;
  /** @throws OptionValueError */
  parse(text: string): Value;
  /** The inverse of `parse`. */
  show(value: Value): string;
}

const YES = new Set(['true', 'yes', 'on', '1']);
const NO = new Set(['false', 'no', 'off', '0']);

export const bool: OptionType<boolean> = {
  name: 'bool',
  metavar: 'BOOL',
  parse: (text) => {
    const word = text.toLowerCase();
    if (YES.has(word)) return true;
    if (NO.has(word)) return false;
    throw new OptionValueError('expected true or false');
  },
  show: String,
};

export const str: OptionType<string> = { name: 'str', metavar: 'TEXT', parse: (text) => text, show: (value) => value };

/** A file or folder; `~` stands for the home folder, also after the `+` for appending. */
export const path: OptionType<string> = {
  ...str,
  metavar: 'PATH',
  parse: (text) => {
    // Node.js puts U+FFFD in the place of bytes that are not UTF-8, which would be the name of another file.
    if (text.includes('\ufffd')) throw new OptionValueError('expected a name in UTF-8: rename the file or its folder');
    return text.replace(/^(\+?)~(?=\/|$)/, (_, plus: string) => plus + homedir());
  },
};

/** An IP address of this machine. */
export const ownAddress: OptionType<string> = {
  ...str,
  metavar: 'ADDRESS',
  parse: (text) => {
    if (isIP(text)) return text;
    throw new OptionValueError('expected an IP address');
  },
};

/** A certificate and its domain: `[DOMAIN=]PATH`. */
export const certificateSpec: OptionType<string> = {
  ...str,
  metavar: '[DOMAIN=]PATH',
  parse: (text) => {
    const [, domain = '', file] = /^([^/=]+=)?(.*)$/s.exec(text)!;
    if (file === '') throw new OptionValueError('expected [DOMAIN=]PATH');
    if (!/^(\*|(\*\.)?[^\s*]+)?=?$/.test(domain)) {
      throw new OptionValueError('expected [DOMAIN=]PATH, where DOMAIN is a name, *.NAME or *');
    }
    return domain + path.parse(file!);
  },
};

/** A filter expression. It is compiled later, and only if it is used. */
export const filter: OptionType<string> = { ...str, metavar: 'FILTER' };

/** An integer in a range. */
export function int(min: number, max: number, metavar = 'NUMBER'): OptionType<number> {
  let range = max === Number.MAX_SAFE_INTEGER ? ` of ${min} or more` : ` from ${min} to ${max}`;
  if (min === Number.MIN_SAFE_INTEGER && max === Number.MAX_SAFE_INTEGER) range = '';
  return {
    name: 'int',
    metavar,
    parse: (text) => {
      const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
      if (value >= min && value <= max) return value;
      throw new OptionValueError(`expected a whole number${range}`);
    },
    show: String,
  };
}

/** A duration, which may have a fraction of a second. The maximum is 24 days, the limit of Node's timers. */
export function seconds(min: number): OptionType<number> {
  const max = 24 * 24 * 3600;
  return {
    name: 'seconds',
    metavar: 'SECONDS',
    parse: (text) => {
      const value = /^(?:\d+(?:\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
      if (value >= min && value <= max) return value;
      throw new OptionValueError(`expected a number of seconds from ${min} to ${max}`);
    },
    show: String,
  };
}

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** A number of bytes; k, m, g and t are powers of 1024. */
export const size: OptionType<number> = {
  name: 'size',
  metavar: 'SIZE',
  parse: (text) => {
    const [, digits, unit] = /^(\d+(?:\.\d+)?)([bkmgt]?)$/i.exec(text) ?? [];
    const value = digits === undefined ? Number.NaN : Math.round(Number(digits) * UNITS[unit!.toLowerCase()]!);
    if (Number.isSafeInteger(value)) return value;
    throw new OptionValueError('expected a number of bytes, such as 65536, 256k, 64m or 1g');
  },
  show: (value) => {
    for (const unit of ['t', 'g', 'm', 'k']) {
      if (value > 0 && value % UNITS[unit]! === 0) return `${value / UNITS[unit]!}${unit}`;
    }
    return String(value);
  },
};

/** One of a few words. */
export function choice<const Word extends string>(words: readonly Word[], metavar = 'WORD'): OptionType<Word> {
  return {
    name: 'choice',
    metavar,
    words,
    parse: (text) => {
      const found = words.find((word) => word.toLowerCase() === text.toLowerCase());
      if (found !== undefined) return found;
      const guess = nearest(text, words);
      throw new OptionValueError(`expected one of ${words.join(', ')}${guess ? ` (did you mean ${guess}?)` : ''}`);
    },
    show: (value) => value,
  };
}

/** A number of processes, or `auto`: one for each CPU. */
export const workerNumber: OptionType<number | 'auto'> = {
  name: 'int or auto',
  metavar: 'NUMBER',
  parse: (text) => {
    if (text.toLowerCase() === 'auto') return 'auto';
    const value = /^\d+$/.test(text) ? Number(text) : 0;
    if (value >= 1 && value <= 64) return value;
    throw new OptionValueError('expected a whole number from 1 to 64, or auto');
  },
  show: String,
};

/** A key of at least 16 bytes, as text. */
export const redactionKey: OptionType<string> = {
  ...str,
  metavar: 'KEY',
  isSecret: true,
  parse: (text) => {
    if (Buffer.byteLength(text) >= 16) return text;
    throw new OptionValueError('expected a key of 16 bytes or more');
  },
};

/** A number of bytes that is not 0. */
export const positiveSize: OptionType<number> = {
  ...size,
  parse: (text) => {
    const value = size.parse(text);
    if (value > 0) return value;
    throw new OptionValueError('expected a number of bytes of 1 or more');
  },
};
