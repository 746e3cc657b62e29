import type { CharSet } from './charset.js';

/**
 * A zero-width test, with Python's meaning: `dollar` is before a newline at the very end too, `lineEnd` before any, and a
 * word boundary is where exactly one of the neighbours is a word character.
 */
export type Assertion = 'start' | 'end' | 'dollar' | 'lineStart' | 'lineEnd' | 'boundary' | 'noBoundary';

/** A parsed regex. Flags are worked into the nodes. */
export type Regex =
  | { type: 'set'; set: CharSet }
  | { type: 'sequence'; items: Regex[] }
  | { type: 'alternatives'; items: Regex[] }
  | { type: 'repeat'; item: Regex; min: number; max: number; how: 'greedy' | 'lazy' | 'possessive' }
  | { type: 'assertion'; assertion: Assertion; unicode: boolean }
  | { type: 'group'; index: number; item: Regex }
  | { type: 'atomic'; item: Regex }
  | { type: 'look'; ahead: boolean; negative: boolean; item: Regex; width: number }
  | { type: 'backreference'; index: number; ignoreCase: boolean; unicode: boolean; width: number | undefined }
  | { type: 'conditional'; index: number; yes: Regex; no: Regex };

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

/** A regex that cannot be used, and where: an offset in UTF-16 units of its source. */
export class RegexError extends Error {
  override name = 'RegexError';
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}
