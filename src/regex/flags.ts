import type { Source } from './source.js';

export interface RegexFlags {
  ignoreCase: boolean;
  /** `^` and `$` at every line. */
  multiline: boolean;
  /** `.` takes newlines too. */
  dotAll: boolean;
}

/** The flags in force at one place of a regex. */
export interface Scope extends RegexFlags {
  /** Blanks and comments mean nothing. */
  verbose: boolean;
  /** Classes, boundaries and case go beyond ASCII. */
  unicode: boolean;
}

const NAMES: Readonly<Record<string, keyof Scope>> = {
  i: 'ignoreCase',
  m: 'multiline',
  s: 'dotAll',
  x: 'verbose',
};

/**
 * Reads the letters of `(?i)` or `(?i-s:…)`, up to the `)` or `:`.
 * @returns the flags then in force, and whether some were turned off
 */
export function readFlags(source: Source, scope: Scope): { scope: Scope; turnedOff: boolean } {
  const flags = { ...scope };
  readLetters(source, flags, true);
  const turnedOff = source.take('-');
  if (turnedOff) readLetters(source, flags, false);
  return { scope: flags, turnedOff };
}

function readLetters(source: Source, flags: Scope, on: boolean): void {
  const start = source.at;
  const letters = source.takeWhile((char) => !'-:)'.includes(char));
  if (letters === '' && (!on || source.next !== '-')) throw source.error('flags are missing here', start);
  [...letters].forEach((letter, at) => {
    const name = NAMES[letter];
    if (name) flags[name] = on;
    else if (letter === 'a' && on) flags.unicode = false;
    else if (letter === 'u' && on && !source.ofBytes) flags.unicode = true;
    else throw source.error(`the flag ${letter} cannot be used here`, start + at);
  });
}
