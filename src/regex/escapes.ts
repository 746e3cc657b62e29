import type { CharSet, ClassLetter } from './charset.js';
import { isOctalDigit, type Source } from './source.js';

const CONTROL: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };
const BACKSPACE = 8;
const HEX_LENGTH: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/**
 * Reads what follows a backslash and means the same in sets and outside: a character or a class.
 * @param start where the backslash is
 */
export function readEscape(source: Source, start: number): number | ClassLetter {
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

/** The character with an octal number. */
export function readOctal(source: Source, digits: string, start: number): number {
  const code = Number.parseInt(digits, 8);
  if (code > 0o377) throw source.error('an octal escape goes up to \\377', start);
  return code;
}

/**
 * Reads the inside of brackets and the closing one. A `]` in front is an ordinary character.
 * @param start where the opening bracket is
 */
export function readSet(source: Source, set: CharSet, start: number): CharSet {
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
      throw source.error('a range goes from one character to another', from);
    }
    if (high < low) throw source.error('this range goes backwards', from);
    set.addRange(low, high);
  }
  return set;
}

function readSetItem(source: Source, start: number): number | ClassLetter {
  const at = source.at;
  const char = source.next;
  if (char === undefined) throw source.error('this [ is not closed', start);
  source.at++;
  if (char !== '\\') return char.codePointAt(0)!;
  if (source.take('b')) return BACKSPACE;
  const digits = source.takeWhile(isOctalDigit, 3);
  return digits === '' ? readEscape(source, at) : readOctal(source, digits, at);
}

function readHex(source: Source, length: number, start: number): number {
  const digits = source.takeWhile((char) => /[0-9A-Fa-f]/.test(char), length);
  if (digits.length < length) throw source.error(`this escape needs ${length} hexadecimal digits`, start);
  const code = Number.parseInt(digits, 16);
  if (code > 0x10ffff) throw source.error('there is no such character', start);
  return code;
}
