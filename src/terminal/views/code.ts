import type { MediaType } from './media-type.js';
import { decoded, looksLikeText } from './text.js';
import type { WholeView } from './view.js';

/** Code with longer lines on average is minified. */
const AVERAGE_LINE = 80;

/** Minified CSS and JavaScript with line breaks at braces and semicolons. Only white space changes; other code stays as it is. */
export const codeView: WholeView = {
  name: 'code',
  whole: true,
  matchesType: (type) => isCss(type) || isJavaScript(type),
  matchesContent: () => false,
  format(content, type) {
    if (!looksLikeText(content, type)) return undefined;
    const text = decoded(content, type);
    return isMinified(text) ? new CodeFormatter(text, isJavaScript(type)).format() : undefined;
  },
};

function isCss({ essence }: MediaType): boolean {
  return essence === 'text/css';
}

function isJavaScript({ essence }: MediaType): boolean {
  return /^(?:application|text)\/(?:x-)?(?:java|ecma)script$/.test(essence);
}

function isMinified(text: string): boolean {
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
  return text.length / lines > AVERAGE_LINE;
}

const MAX_INDENT = 32;
const BLANK = /[ \t\r\f\v]/;
/** Longer ones are taken for divisions. */
const MAX_REGEX = 1000;
const PIECE = 16 * 1024;
/** What may follow a closing brace on its line. */
const AFTER_BRACE = /[;,().\]?]/;

/** Inserts line breaks and indentation into code. */
class CodeFormatter {
  private readonly brackets: string[] = [];
  private out = '';
  /** The last character that is not white space. */
  private last = '';
  private isNewLine = true;
  /** Where the next regex may begin; without it, each slash of a long line would be followed as far as a regex may reach. */
  private regexFrom = 0;

  constructor(
    private readonly text: string,
    private readonly isScript: boolean,
  ) {}

  *format(): Generator<string> {
    for (let at = 0; at < this.text.length; ) {
      at = this.formatAt(at);
      if (this.out.length < PIECE) continue;
      yield this.out;
      this.out = '';
    }
    yield this.out;
  }

  /** Formats the literal or the character at an offset. @returns the offset after it */
  private formatAt(at: number): number {
    const { text, isScript } = this;
    const char = text[at]!;
    const mayBeRegex = isScript && at >= this.regexFrom && !isOperand(this.last);
    const end = literalEnd(text, at, isScript, mayBeRegex);
    if (char === '/' && mayBeRegex && end === at) this.regexFrom = regexLimit(text, at);
    if (this.last === '}' && char > ' ' && !AFTER_BRACE.test(char)) this.breakLine();
    if (end > at) this.putLiteral(at, end);
    else this.putCharacter(char, text[at + 1]);
    return Math.max(end, at + 1);
  }

  private putLiteral(at: number, end: number): void {
    const { text, last } = this;
    const isComment = text[at] === '/' && (text[at + 1] === '*' || (this.isScript && text[at + 1] === '/'));
    this.put(text.slice(at, end));
    // What follows a comment is judged by what precedes it.
    if (isComment) this.last = last === '}' ? ';' : last;
  }

  private putCharacter(char: string, next: string | undefined): void {
    const { brackets } = this;
    if (char === '\n') this.breakLine();
    else if (BLANK.test(char)) {
      if (!this.isNewLine) this.out += char;
    } else if ('})]'.includes(char)) {
      brackets.pop();
      if (char === '}' && this.last !== '{') this.breakLine();
      this.put(char);
    } else {
      this.put(char);
      if ('{(['.includes(char)) brackets.push(char);
      const isEmpty = char === '{' && next === '}';
      if ((char === '{' && !isEmpty) || (char === ';' && (brackets.at(-1) ?? '{') === '{')) this.breakLine();
    }
  }

  private put(piece: string): void {
    if (this.isNewLine) this.out += '  '.repeat(Math.min(MAX_INDENT, this.brackets.length));
    this.out += piece;
    this.isNewLine = false;
    this.last = piece.at(-1)!;
  }

  private breakLine(): void {
    if (!this.isNewLine) this.out += '\n';
    this.isNewLine = true;
  }
}

/** The end of a string, comment, template or regex that begins here; `at` itself if none does. */
function literalEnd(text: string, at: number, isScript: boolean, mayBeRegex: boolean): number {
  const char = text[at]!;
  if (char === '"' || char === "'") return quotedEnd(text, at, true);
  if (char === '`' && isScript) return quotedEnd(text, at, false);
  if (char !== '/') return at;
  if (text[at + 1] === '*') return endBehind(text, '*/', at + 2);
  if (!isScript) return at;
  if (text[at + 1] === '/') return endBehind(text, '\n', at + 2, 0);
  return mayBeRegex ? regexEnd(text, at) : at;
}

function endBehind(text: string, closing: string, from: number, length = closing.length): number {
  const at = text.indexOf(closing, from);
  return at < 0 ? text.length : at + length;
}

/** A string ends at a line end, too, a template does not. */
function quotedEnd(text: string, start: number, isOneLine: boolean): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at];
    if (char === '\\') at++;
    else if (char === text[start] || (isOneLine && char === '\n')) return at + 1;
  }
  return text.length;
}

/** Whether a slash after this character divides. A word such as `return` before a regex is taken for an operand. */
function isOperand(last: string): boolean {
  return /[\w$)\]}"'`\x80-\uffff]/.test(last);
}

/** Where a regex that begins at this place ends at the latest: on its line. */
function regexLimit(text: string, start: number): number {
  const limit = Math.min(text.length, start + MAX_REGEX);
  const line = text.slice(start, limit).indexOf('\n');
  return line < 0 ? limit : start + line;
}

/** The end of a regex; `start` itself if it does not end on this line. */
function regexEnd(text: string, start: number): number {
  let isInClass = false;
  const limit = regexLimit(text, start);
  for (let at = start + 1; at < limit; at++) {
    const char = text[at];
    if (char === '\\') at++;
    else if (char === '[') isInClass = true;
    else if (char === ']') isInClass = false;
    else if (char === '/' && !isInClass) return at + 1;
  }
  return start;
}
