import { columnOf } from '../flow/text/parse-error.js';
import { FilterError } from './error.js';

/**
 * A piece of an expression after unquoting. `offsets` maps each of its UTF-16 units, and its end, to the expression.
 */
export interface UnquotedText {
  text: string;
  offsets: readonly number[];
  quoted: boolean;
}

/** White space as defined by pyparsing, and so by mitmproxy. Other blanks are ordinary characters. */
const SPACE = /[ \t\r\n]*/y;
const WORD = /[^ \t\r\n()~'"]+/y;
/** `&` or `|` in front of an operator ends a word, unless a backslash escapes it. Elsewhere both are ordinary characters of a word. */
const INFIX_BEFORE_OPERATOR = /[&|](?<=(?<!\\)(?:\\\\)*.)[ \t\r\n!(]*~/y;
const ESCAPED_CONTROLS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', 0: '\0' };

/** Reads an expression from left to right. Offsets count UTF-16 units from 0. */
export class ExpressionCursor {
  at = 0;

  constructor(readonly expression: string) {}

  get done(): boolean {
    return this.at >= this.expression.length;
  }

  /** The character at the cursor; empty at the end. */
  get next(): string {
    return this.expression.charAt(this.at);
  }

  skipSpace(): void {
    this.match(SPACE);
  }

  /** Consumes the match of a sticky regex at the cursor. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.expression)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** Consumes the given character if it is next. */
  take(character: string): boolean {
    if (this.next !== character) return false;
    this.at++;
    return true;
  }

  /** Reads a word or a quoted string. */
  piece(): UnquotedText | undefined {
    return this.next === '"' || this.next === "'" ? this.quoted() : this.word();
  }

  /** Reads a word. @param stop characters that end it besides white space and `( ) ~ ' "` */
  word(stop = ''): UnquotedText | undefined {
    const start = this.at;
    WORD.lastIndex = start;
    let end = start + (WORD.exec(this.expression)?.[0].length ?? 0);
    for (let at = start; at < end; at++) {
      const character = this.expression[at]!;
      INFIX_BEFORE_OPERATOR.lastIndex = at;
      if (stop.includes(character) || INFIX_BEFORE_OPERATOR.test(this.expression)) end = at;
    }
    if (end === start) return undefined;
    this.at = end;
    return { text: this.expression.slice(start, end), offsets: range(start, end), quoted: false };
  }

  /** Creates an error for an offset. */
  error(offset: number, problem: string, expected: string): FilterError {
    const column = columnOf(this.expression, offset);
    return new FilterError(this.expression, column, problem, expected);
  }

  /**
   * Reads a string in either kind of quotes. A backslash escapes any character; `\n`, `\t`, `\r`, `\f` and `\0` are control characters.
   */
  private quoted(): UnquotedText {
    const start = this.at;
    const quote = this.next;
    const offsets: number[] = [];
    let text = '';
    let at = start + 1;
    for (; at < this.expression.length && this.expression[at] !== quote; at++) {
      offsets.push(at);
      const character = this.expression[at]!;
      const literal = character === '\\' ? this.expression.charAt(++at) : character;
      if (literal === '\n' || literal === '\r') break;
      text += character === '\\' ? (ESCAPED_CONTROLS[literal] ?? literal) : literal;
    }
    if (this.expression[at] !== quote)
      throw this.error(start, 'this quotation mark is not closed', `${quote} at the end`);
    offsets.push(at);
    this.at = at + 1;
    return { text, offsets, quoted: true };
  }
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start + 1 }, (_, index) => start + index);
}
