import type { CharSet } from './charset.js';

/**
 * A zero-width assertion with Python's meaning: `dollar` also matches before a final newline, `lineEnd` before any
 * newline. At a word boundary exactly one of the neighbours is a word character.
 */
export type Assertion = 'start' | 'end' | 'dollar' | 'lineStart' | 'lineEnd' | 'boundary' | 'noBoundary';

/** A parsed regex. Flags are already applied to the nodes. */
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
  /** `^` and `$` match at every line. */
  multiline: boolean;
  /** `.` also matches newlines. */
  dotAll: boolean;
}

/** The flags in force at one position of a regex. */
export interface Scope extends RegexFlags {
  /** Blanks and comments are ignored. */
  verbose: boolean;
  /** Classes, boundaries and case go beyond ASCII. */
  unicode: boolean;
}

/** An invalid regex; `offset` counts UTF-16 units of its source. */
export class RegexError extends Error {
  override name = 'RegexError';
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

/** A character of a regex, with its offset in the original text in UTF-16 units. */
export interface SourceChar {
  readonly char: string;
  readonly offset: number;
}
