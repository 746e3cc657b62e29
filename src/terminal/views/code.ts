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
    return isMinified(text) ? laidOut(text, isJavaScript(type)) : undefined;
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

function* laidOut(text: string, isScript: boolean): Generator<string> {
  const brackets: string[] = [];
  let out = '';
  /** The last character that is not white space. */
  let last = '';
  let isNewLine = true;
  /** Where the next regex may begin; without it, each slash of a long line would be followed as far as a regex may reach. */
  let regexFrom = 0;
  const breakLine = (): void => {
    if (!isNewLine) out += '\n';
    isNewLine = true;
  };
  const put = (piece: string): void => {
    if (isNewLine) out += '  '.repeat(Math.min(MAX_INDENT, brackets.length));
    out += piece;
    isNewLine = false;
    last = piece.at(-1)!;
  };
  for (let at = 0; at < text.length; ) {
    const char = text[at]!;
    const mayBeRegex = isScript && at >= regexFrom && !isOperand(last);
    const end = literalEnd(text, at, isScript, mayBeRegex);
    if (char === '/' && mayBeRegex && end === at) regexFrom = regexLimit(text, at);
    if (last === '}' && char > ' ' && !AFTER_BRACE.test(char)) breakLine();
    if (end > at) {
      const isComment = char === '/' && (text[at + 1] === '*' || (isScript && text[at + 1] === '/'));
      const before = last;
      put(text.slice(at, end));
      // What follows a comment is judged by what precedes it.
      if (isComment) last = before === '}' ? ';' : before;
    } else if (char === '\n') breakLine();
    else if (BLANK.test(char)) {
      if (!isNewLine) out += char;
    } else if (char === '}') {
      brackets.pop();
      if (last !== '{') breakLine();
      put(char);
    } else if (char === ')' || char === ']') {
      brackets.pop();
      put(char);
    } else {
      put(char);
      if ('{(['.includes(char)) brackets.push(char);
      const isEmpty = char === '{' && text[at + 1] === '}';
      if ((char === '{' && !isEmpty) || (char === ';' && (brackets.at(-1) ?? '{') === '{')) breakLine();
    }
    at = Math.max(end, at + 1);
    if (out.length >= PIECE) {
      yield out;
      out = '';
    }
  }
  yield out;
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
