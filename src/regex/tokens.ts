import type { CharSet, ClassLetter } from './charset.js';
import { isDigit, isOctalDigit, type RegexCursor } from './regex-cursor.js';
import type { Scope } from './syntax.js';

const CONTROL: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };
const BACKSPACE = 8;
const HEX_LENGTH: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** Python is limited by memory only; no practical count comes near this. */
const MAX_COUNT = 100_000;

const FLAG_NAMES: Readonly<Record<string, keyof Scope>> = {
  i: 'ignoreCase',
  m: 'multiline',
  s: 'dotAll',
  x: 'verbose',
};

/**
 * Reads an escape that has the same meaning inside and outside of sets: a character or a class.
 * @param start offset of the backslash
 */
export function readEscape(source: RegexCursor, start: number): number | ClassLetter {
  const char = source.next;
  if (char === undefined) throw source.error('a backslash at the end escapes nothing', start);
  source.at++;
  if ('dDsSwW'.includes(char)) return char as ClassLetter;
  const control = CONTROL[char];
  if (control !== undefined) return control;
  if (char === 'x' || (!source.ofBytes && char in HEX_LENGTH)) return readHex(source, HEX_LENGTH[char]!, start);
  if (char === '0') return readOctal(source, `0${source.takeWhile(isOctalDigit, 2)}`, start);
  if (/[A-Za-z0-9]/.test(char)) throw source.error(`\\${char} has no meaning here`, start);
  return char.codePointAt(0)!;
}

/** The character with an octal code. */
export function readOctal(source: RegexCursor, digits: string, start: number): number {
  const code = Number.parseInt(digits, 8);
  if (code > 0o377) throw source.error('an octal escape goes up to \\377', start);
  return code;
}

/**
 * Reads the rest of a set including the closing bracket. A leading `]` is an ordinary character.
 * @param start offset of the opening bracket
 */
export function readSet(source: RegexCursor, set: CharSet, start: number): CharSet {
  set.negated = source.take('^');
  for (let first = true; first || !source.take(']'); first = false) {
    const from = source.at;
    const low = readSetItem(source, start);
    if (source.next !== '-' || source.chars[source.at + 1] === ']') {
      if (typeof low === 'number') set.addRange(low, low);
      else set.addClass(low);
      continue;
    }
    source.at++;
    const high = readSetItem(source, start);
    if (typeof low !== 'number' || typeof high !== 'number') {
      throw source.error('the ends of a range are single characters', from);
    }
    if (high < low) throw source.error('this range goes backwards', from);
    set.addRange(low, high);
  }
  return set;
}

function readSetItem(source: RegexCursor, start: number): number | ClassLetter {
  const at = source.at;
  const char = source.next;
  if (char === undefined) throw source.error('this [ is not closed', start);
  source.at++;
  if (char !== '\\') return char.codePointAt(0)!;
  if (source.take('b')) return BACKSPACE;
  const digits = source.takeWhile(isOctalDigit, 3);
  return digits === '' ? readEscape(source, at) : readOctal(source, digits, at);
}

function readHex(source: RegexCursor, length: number, start: number): number {
  const digits = source.takeWhile((char) => /[0-9A-Fa-f]/.test(char), length);
  if (digits.length < length) throw source.error(`this escape needs ${length} hexadecimal digits`, start);
  const code = Number.parseInt(digits, 16);
  if (code > 0x10ffff) throw source.error('no such character', start);
  return code;
}

/** Reads a quantifier. @returns undefined without one. A brace that does not begin one is an ordinary character. */
export function readCount(source: RegexCursor): { min: number; max: number } | undefined {
  if (source.take('?')) return { min: 0, max: 1 };
  if (source.take('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
  if (source.take('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
  const start = source.at;
  if (!source.take('{')) return undefined;
  const low = source.takeWhile(isDigit);
  const comma = source.take(',');
  const high = comma ? source.takeWhile(isDigit) : low;
  if (!source.take('}') || (low === '' && !comma)) {
    source.at = start;
    return undefined;
  }
  const min = Number(low);
  const max = high === '' ? Number.POSITIVE_INFINITY : Number(high);
  if (max < min) throw source.error('the minimum is greater than the maximum', start);
  if (min > MAX_COUNT || (max > MAX_COUNT && high !== '')) throw source.error(`more than ${MAX_COUNT} times`, start);
  return { min, max };
}

/** Reads the suffix of a quantifier. */
export function readHow(source: RegexCursor): 'greedy' | 'lazy' | 'possessive' {
  if (source.take('?')) return 'lazy';
  return source.take('+') ? 'possessive' : 'greedy';
}

/**
 * Reads the letters of `(?i)` or `(?i-s:…)`, up to the `)` or `:`.
 * @returns the resulting flags, and whether any was turned off
 */
export function readFlags(source: RegexCursor, scope: Scope): { scope: Scope; turnedOff: boolean } {
  const flags = { ...scope };
  readLetters(source, flags, true);
  const turnedOff = source.take('-');
  if (turnedOff) readLetters(source, flags, false);
  return { scope: flags, turnedOff };
}

function readLetters(source: RegexCursor, flags: Scope, on: boolean): void {
  const start = source.at;
  const letters = source.takeWhile((char) => !'-:)'.includes(char));
  if (letters === '' && (!on || source.next !== '-')) throw source.error('flags are missing here', start);
  [...letters].forEach((letter, at) => {
    const name = FLAG_NAMES[letter];
    if (name) flags[name] = on;
    else if (letter === 'a' && on) flags.unicode = false;
    else if (letter === 'u' && on && !source.ofBytes) flags.unicode = true;
    else throw source.error(`the flag ${letter} cannot be used here`, start + at);
  });
}
