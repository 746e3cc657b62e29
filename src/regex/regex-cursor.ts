import { RegexError } from './syntax.js';

/** A cursor over the characters of a regex. */
export class RegexCursor {
  at = 0;

  /** @param chars code points, or bytes as latin1 */
  constructor(
    readonly chars: readonly string[],
    readonly ofBytes: boolean,
  ) {}

  /** The character at the cursor; undefined at the end. */
  get next(): string | undefined {
    return this.chars[this.at];
  }

  /** Consumes a text if it is next. */
  take(text: string): boolean {
    for (let offset = 0; offset < text.length; offset++) {
      if (this.chars[this.at + offset] !== text[offset]) return false;
    }
    this.at += text.length;
    return true;
  }

  /** Consumes characters while they pass, at most `most`. */
  takeWhile(passes: (char: string) => boolean, most = Number.POSITIVE_INFINITY): string {
    let text = '';
    for (let count = 0; count < most && this.next !== undefined && passes(this.next); count++)
      text += this.chars[this.at++];
    return text;
  }

  /** Consumes the text up to and including a character. @throws RegexError if it does not occur */
  takeUntil(end: string, message: string): string {
    const start = this.at;
    const text = this.takeWhile((char) => char !== end);
    if (!this.take(end)) throw this.error(message, start);
    return text;
  }

  error(message: string, offset = this.at): RegexError {
    return new RegexError(message, offset);
  }
}

export function isDigit(char: string): boolean {
  return char >= '0' && char <= '9';
}

export function isOctalDigit(char: string): boolean {
  return char >= '0' && char <= '7';
}
