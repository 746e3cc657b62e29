/** A piece of XML or HTML. */
export interface Token {
  /** `element` is an element whose content must stay as it is; `other` is a comment, a declaration and the like. */
  readonly kind: 'text' | 'open' | 'close' | 'empty' | 'element' | 'other';
  readonly text: string;
  /** The name of a tag, in HTML in lower case. */
  readonly name: string;
}

const VOID_ELEMENTS = words('area base br col embed hr img input keygen link meta param source track wbr');
/** Elements of HTML whose content is not markup, or whose white space counts. */
const VERBATIM_ELEMENTS = words('script style pre textarea');

/** Splits XML or HTML; their texts joined are the input. An unclosed construct extends to the end. */
export function* tokensOf(text: string, isHtml: boolean): Generator<Token> {
  for (let at = 0; at < text.length; ) {
    const token = tokenAt(text, at, isHtml);
    yield token;
    at += token.text.length;
  }
}

function tokenAt(text: string, at: number, isHtml: boolean): Token {
  const piece = (end: number, kind: Token['kind'], name = ''): Token => ({ kind, text: text.slice(at, end), name });
  if (!isMarkup(text, at)) return piece(textEnd(text, at), 'text');
  if (text.startsWith('<!--', at)) return piece(endAfter(text, '-->', at + 4), 'other');
  if (text.startsWith('<![CDATA[', at)) return piece(endAfter(text, ']]>', at + 9), 'other');
  if (text.startsWith('<?', at)) return piece(endAfter(text, isHtml ? '>' : '?>', at + 2), 'other');
  if (text.startsWith('<!', at)) return piece(declarationEnd(text, at), 'other');
  const end = tagEnd(text, at);
  const name = nameAt(text, at, end, isHtml);
  if (text[at + 1] === '/') return piece(end, 'close', name);
  if (text.endsWith('/>', end) || (isHtml && VOID_ELEMENTS.has(name))) {
    return piece(end, 'empty', name);
  }
  if (isHtml && VERBATIM_ELEMENTS.has(name)) return piece(elementEnd(text, name, end), 'element', name);
  return piece(end, 'open', name);
}

/** Whether a `<` begins markup; it is text before white space, digits and the like. */
function isMarkup(text: string, at: number): boolean {
  return text[at] === '<' && /[a-z_:/!?\x80-\uffff]/i.test(text[at + 1] ?? '');
}

function textEnd(text: string, start: number): number {
  for (let at = start; ; ) {
    at = text.indexOf('<', at + 1);
    if (at < 0) return text.length;
    if (isMarkup(text, at)) return at;
  }
}

function endAfter(text: string, closing: string, from: number): number {
  const at = text.indexOf(closing, from);
  return at < 0 ? text.length : at + closing.length;
}

/** The end of `<!DOCTYPE …>`, which may have an internal subset in brackets. */
function declarationEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '[') depth++;
    else if (char === ']') depth--;
    else if (char === '>' && depth <= 0) return at + 1;
  }
  return text.length;
}

/** The end of a tag. A `>` in a quoted value does not end it; a quote begins a value only after an equals sign. */
function tagEnd(text: string, start: number): number {
  let isAfterEquals = false;
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at]!;
    if (char === '>') return at + 1;
    if (isAfterEquals && (char === '"' || char === "'")) {
      at = text.indexOf(char, at + 1);
      if (at < 0) return text.length;
    }
    if (char > ' ') isAfterEquals = char === '=';
  }
  return text.length;
}

function nameAt(text: string, start: number, limit: number, isHtml: boolean): string {
  const from = start + (text[start + 1] === '/' ? 2 : 1);
  let end = from;
  while (end < limit && !/[\s/>]/.test(text[end]!)) end++;
  const name = text.slice(from, end);
  return isHtml ? name.toLowerCase() : name;
}

/** The end of an element without looking at its content. */
function elementEnd(text: string, name: string, from: number): number {
  for (let at = from; ; at += 2) {
    at = text.indexOf('</', at);
    if (at < 0) return text.length;
    if (text.slice(at + 2, at + 2 + name.length).toLowerCase() === name) return tagEnd(text, at);
  }
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}
