import { caseVariants, VARIANTS_OF_ASCII } from './case.js';

/** `\d`, `\s`, `\w`, and in upper case their complements. */
export type ClassLetter = 'd' | 'D' | 's' | 'S' | 'w' | 'W';

/** The set of characters that one position of a regex matches: code points, or bytes. */
export class CharSet {
  private readonly ranges: [first: number, last: number][] = [];
  private readonly classes: ClassLetter[] = [];
  negated = false;
  /** Membership of codes below 256, computed on first use. The set does not change after that. */
  private low: boolean[] | undefined;

  /**
   * @param ignoreCase whether case variants of a member match, too
   * @param unicode whether classes and case go beyond ASCII
   */
  constructor(
    private readonly ignoreCase: boolean,
    private readonly unicode: boolean,
  ) {}

  static of(code: number, ignoreCase: boolean, unicode: boolean): CharSet {
    const set = new CharSet(ignoreCase, unicode);
    set.addRange(code, code);
    return set;
  }

  addRange(first: number, last: number): void {
    this.ranges.push([first, last]);
  }

  addClass(letter: ClassLetter): void {
    this.classes.push(letter);
  }

  has(code: number): boolean {
    if (code > 255) return this.listed(code) !== this.negated;
    this.low ??= Array.from({ length: 256 }, (_, at) => this.listed(at) !== this.negated);
    return this.low[code]!;
  }

  /** The only character in the set; undefined if it has others, or may have. */
  get onlyCode(): number | undefined {
    const code = this.ranges[0]?.[0];
    if (code === undefined || this.negated || this.classes.length > 0) return undefined;
    if (this.ranges.length > 1 || this.ranges[0]![1] !== code) return undefined;
    return this.ignoreCase && caseVariants(code, this.unicode).length > 0 ? undefined : code;
  }

  /** Sets with equal keys contain the same characters. */
  get key(): string {
    return `${this.negated}${this.ignoreCase}${this.unicode}${this.ranges.join(';')}${this.classes.join('')}`;
  }

  /** The set in JavaScript syntax for the flag `u`; undefined if it would be too long. */
  toJavaScript(): string | undefined {
    const beyond = this.unicode ? this.beyondAscii() : this.beyondBytes();
    if (beyond === undefined) return undefined;
    const codes = Array.from({ length: this.unicode ? 128 : 256 }, (_, code) => code).filter((code) =>
      this.listed(code),
    );
    return `[${this.negated ? '^' : ''}${codes.map(escapeCode).join('')}${beyond}]`;
  }

  private beyondBytes(): string {
    if (this.classes.some((letter) => letter < 'a')) return '\\u{100}-\\u{10ffff}';
    const ranges = this.ranges.filter(([, last]) => last > 255);
    return ranges.map(([from, to]) => `${escapeCode(Math.max(from, 256))}-${escapeCode(to)}`).join('');
  }

  private beyondAscii(): string | undefined {
    const ranges = this.ranges.filter(([, last]) => last > 127);
    if (this.ignoreCase && ranges.length > 0) return undefined;
    const classes = this.classes.map((letter) => UNICODE_CLASSES[letter]);
    if (classes.includes(undefined)) return undefined;
    const folded = this.ignoreCase ? VARIANTS_OF_ASCII.filter((code) => this.listed(code)).map(escapeCode) : [];
    const written = ranges.map(([from, to]) => `${escapeCode(Math.max(from, 128))}-${escapeCode(to)}`);
    return [...written, ...classes, ...folded].join('');
  }

  private listed(code: number): boolean {
    if (this.exactly(code)) return true;
    return this.ignoreCase && caseVariants(code, this.unicode).some((variant) => this.exactly(variant));
  }

  private exactly(code: number): boolean {
    return (
      this.ranges.some(([first, last]) => code >= first && code <= last) ||
      this.classes.some((letter) => isInClass(code, letter, this.unicode))
    );
  }
}

/**
 * The members of classes beyond ASCII. Complements have no entry: they cannot be combined with other items in a set.
 */
const UNICODE_CLASSES: Readonly<Partial<Record<ClassLetter, string>>> = {
  d: '\\p{Nd}',
  s: '\\x85\\p{Zs}\\p{Zl}\\p{Zp}',
  w: '\\p{L}\\p{N}',
};

function escapeCode(code: number): string {
  return `\\u{${code.toString(16)}}`;
}

function isInClass(code: number, letter: ClassLetter, unicode: boolean): boolean {
  switch (letter) {
    case 'd':
      return isDigit(code, unicode);
    case 'D':
      return !isDigit(code, unicode);
    case 's':
      return isSpace(code, unicode);
    case 'S':
      return !isSpace(code, unicode);
    case 'w':
      return isWord(code, unicode);
    case 'W':
      return !isWord(code, unicode);
  }
}

function isDigit(code: number, unicode: boolean): boolean {
  if (code < 128 || !unicode) return code >= 48 && code <= 57;
  return /\p{Nd}/u.test(String.fromCodePoint(code));
}

/** Python treats the separators 0x1c to 0x1f as white space in text, but not in bytes. */
function isSpace(code: number, unicode: boolean): boolean {
  if (code === 32 || (code >= 9 && code <= 13)) return true;
  if (!unicode) return false;
  if (code < 128) return code >= 0x1c && code <= 0x1f;
  return code === 0x85 || /[\p{Zs}\p{Zl}\p{Zp}]/u.test(String.fromCodePoint(code));
}

export function isWord(code: number, unicode: boolean): boolean {
  if (code < 128 || !unicode) {
    return (
      (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95 /* _ */
    );
  }
  return /[\p{L}\p{N}]/u.test(String.fromCodePoint(code));
}
