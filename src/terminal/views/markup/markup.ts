import type { MediaType } from '../media-type.js';
import { decoded, looksLikeText } from '../text.js';
import type { WholeView } from '../view.js';
import { type Token, tokensOf } from './tokens.js';

/** XML and HTML, indented by two spaces. Only white space between tags changes; invalid markup is allowed. */
export const markupView: WholeView = {
  name: 'markup',
  whole: true,
  matchesType: (type) => isHtml(type) || /[/+]xml$/.test(type.essence),
  matchesContent: (head, type) =>
    looksLikeText(head, type) && /^\s*<[a-z!?]/i.test(decoded(head.subarray(0, 256), type)),
  format(content, type) {
    if (!looksLikeText(content, type)) return undefined;
    const text = decoded(content, type);
    if (!text.trimStart().startsWith('<')) return undefined;
    const html = isHtml(type) || /^\s*<(?:!doctype )?html/i.test(text);
    return laidOut(tokensOf(text, html), html);
  },
};

function isHtml({ essence }: MediaType): boolean {
  return essence === 'text/html' || essence === 'application/xhtml+xml';
}

/** Elements of HTML that may end without an end tag before another of the same name. */
const OPTIONAL_END = new Set(['li', 'p', 'tr', 'td', 'th', 'dt', 'dd', 'option']);
const MAX_INDENT = 32;
/** An end tag closes one of this many innermost elements. */
const REACH = 64;
const PIECE = 16 * 1024;

/** One line for each tag and text; an element that holds nothing but one line of text stays on its line. */
function* laidOut(source: Iterator<Token>, html: boolean): Generator<string> {
  const tokens = new Lookahead(source);
  const open: string[] = [];
  let out = '';
  for (let token = tokens.take(); token; token = tokens.take()) {
    const { kind, name, text } = token;
    if (kind === 'close') close(open, name);
    if (kind === 'open' && html && OPTIONAL_END.has(name) && open.at(-1) === name) open.pop();
    // The content of `html` is not indented.
    const indent = '  '.repeat(Math.min(MAX_INDENT, open.length - (html && open[0] === 'html' ? 1 : 0)));
    if (kind === 'open') {
      const rest = restOfLine(tokens, name);
      out += `${indented(text, indent, '    ')}${rest ?? ''}\n`;
      if (rest === undefined) open.push(name);
    } else if (kind === 'element' || kind === 'other') out += `${indent}${text}\n`;
    else if (trimmed(text) !== '') out += `${indented(text, indent, kind === 'text' ? '' : '    ')}\n`;
    if (out.length >= PIECE) {
      yield out;
      out = '';
    }
  }
  yield out;
}

/** The content and the end tag of an element, if they are one line. */
function restOfLine(tokens: Lookahead, name: string): string | undefined {
  const ends = (token: Token | undefined): boolean => token?.kind === 'close' && token.name === name;
  const first = tokens.peek(0);
  if (ends(first)) return tokens.take()!.text;
  if (first?.kind !== 'text' || !ends(tokens.peek(1))) return undefined;
  const text = trimmed(first.text);
  if (text.includes('\n')) return undefined;
  tokens.take();
  return text + tokens.take()!.text;
}

function close(open: string[], name: string): void {
  for (let at = open.length - 1; at >= Math.max(0, open.length - REACH); at--) {
    if (open[at] !== name) continue;
    open.length = at;
    return;
  }
}

/** Indents all lines of a text and omits empty ones. @param hanging additional indentation of the lines after the first */
function indented(text: string, indent: string, hanging: string): string {
  const lines = trimmed(text).split('\n');
  if (lines.length === 1) return indent + lines[0];
  return lines
    .map(trimmed)
    .filter((line) => line !== '')
    .join(`\n${indent}${hanging}`)
    .replace(/^/, indent);
}

/** Text without white space of HTML around it; a no-break space is content. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text, start)) start++;
  while (end > start && isBlank(text, end - 1)) end--;
  return text.slice(start, end);
}

function isBlank(text: string, at: number): boolean {
  return ' \t\n\r\f'.includes(text[at]!);
}

class Lookahead {
  private readonly next: Token[] = [];

  constructor(private readonly source: Iterator<Token>) {}

  peek(index: number): Token | undefined {
    while (this.next.length <= index) {
      const { done, value } = this.source.next();
      if (done) return undefined;
      this.next.push(value);
    }
    return this.next[index];
  }

  take(): Token | undefined {
    this.peek(0);
    return this.next.shift();
  }
}
