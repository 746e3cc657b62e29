import { Parser, type ParserOptions } from 'htmlparser2';
import { percentDecode } from '../../../flow/text/percent.js';
import { isNaming } from '../paths.js';
import { NO_KEYS } from '../rewrite/visitor.js';
import { extractFromRefresh } from './headers.js';
import { extractFromJson } from './json.js';
import type { TextSearch, ValueExtractor } from './value-extractor.js';

type Attributes = Readonly<Record<string, string>>;

/** Attributes that contain a URL. */
const LINKS = ['href', 'src', 'action', 'formaction', 'data-url', 'data-href', 'hx-get', 'hx-post'];
const LONGEST_SCRIPT = 1 << 20;
const LONGEST_JSON = 1 << 24;
/** Maximum number of different places in a page. */
const MAX_PLACES = 100_000;

/**
 * Searches an HTML page for values: form fields, meta elements, parts of links, data attributes, JSON in scripts, and strings
 * that scripts assign to a name.
 * @param path of the request
 */
export function htmlSearch(path: string, extractor: ValueExtractor): TextSearch {
  const page = new Page(path, extractor);
  return new MarkupSearch(page, { decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true });
}

interface MarkupHandler {
  open(name: string, attributes: Attributes): void;
  text(text: string): void;
  close(name: string): void;
}

/** Nested elements up to which markup is parsed: the parser looks through all open elements for each tag. */
const MAX_DEPTH = 1000;

/** Parses markup as far as an element that is nested too deeply. */
class MarkupSearch implements TextSearch {
  private readonly parser: Parser;
  private depth = 0;
  private isOver = false;

  constructor(handler: MarkupHandler, options: ParserOptions) {
    this.parser = new Parser(
      {
        onopentag: (name, attributes) => {
          if (++this.depth > MAX_DEPTH) throw new DepthError();
          handler.open(name, attributes);
        },
        ontext: (text) => handler.text(text),
        onclosetag: (name) => {
          this.depth--;
          handler.close(name);
        },
      },
      options,
    );
  }

  push(text: string): void {
    this.parse(() => this.parser.write(text));
  }

  end(): void {
    this.parse(() => this.parser.end());
  }

  private parse(step: () => void): void {
    if (this.isOver) return;
    try {
      step();
    } catch (error) {
      if (!(error instanceof DepthError)) throw error;
      this.isOver = true;
    }
  }
}

class DepthError extends Error {}

class Page implements MarkupHandler {
  private readonly counts = new Map<string, number>();
  /** The shape of the current form's action (`shapeOf`). */
  private form = '';
  private textarea: { name: string; text: LimitedText } | undefined;
  private script: { label: string; isJson: boolean; text: LimitedText } | undefined;

  constructor(
    private readonly path: string,
    private readonly extractor: ValueExtractor,
  ) {}

  open(tag: string, attributes: Attributes): void {
    if (tag === 'form') this.form = this.numbered(`form ${shapeOf(attributes.action ?? '')}`);
    else if (tag === 'meta') this.meta(attributes);
    else if (tag === 'textarea') this.textarea = { name: attributes.name ?? '', text: new LimitedText(LONGEST_SCRIPT) };
    else if (tag === 'script') {
      const isJson = /json$/i.test(attributes.type ?? '');
      this.script = {
        label: this.numbered(`script ${attributes.id ?? ''}`.trim()),
        isJson,
        text: new LimitedText(isJson ? LONGEST_JSON : LONGEST_SCRIPT),
      };
    } else if (tag === 'input' || tag === 'button' || tag === 'option') this.field(tag, attributes);
    for (const name in attributes) {
      if (LINKS.includes(name)) this.link(tag, name, attributes[name]!);
      else if (name.startsWith('data-')) this.data(name, attributes[name]!);
    }
  }

  text(text: string): void {
    (this.textarea ?? this.script)?.text.add(text);
  }

  close(tag: string): void {
    if (tag === 'form') this.form = '';
    else if (tag === 'textarea' && this.textarea) {
      this.named(this.textarea.name, this.textarea.text.value, false);
      this.textarea = undefined;
    } else if (tag === 'script' && this.script) {
      const { label, isJson, text } = this.script;
      this.script = undefined;
      if (isJson) this.json(text.value, label);
      else extractFromScript(text.value, (name) => this.numbered(`script ${name}`), this.extractor);
    }
  }

  /**
   * A browser returns hidden fields unchanged, so they are matched even if they are short. Other fields are changed by users.
   */
  private field(tag: string, attributes: Attributes): void {
    const type = (attributes.type ?? '').toLowerCase();
    this.named(attributes.name ?? '', attributes.value ?? '', tag === 'input' && type === 'hidden');
  }

  private named(name: string, value: string, isHidden: boolean): void {
    const place = this.numbered(`${this.form} field ${name}`.trim());
    const { names } = this.extractor;
    const keys = [...names.responseKeys(name, value, NO_KEYS), ...(isHidden ? [`field:${name}`] : [])];
    this.extractor.value(value, { name, keys, isToken: isHidden, place: () => place });
  }

  private meta(attributes: Attributes): void {
    const name = attributes.name ?? attributes.property ?? attributes['http-equiv'] ?? '';
    const content = attributes.content ?? '';
    const place = this.numbered(`meta ${name}`);
    if (name.toLowerCase() === 'refresh') return extractFromRefresh(content, () => place, this.extractor);
    const keys = this.extractor.names.responseKeys(name, content, NO_KEYS);
    this.extractor.value(content, { name, keys, place: () => place });
  }

  private data(name: string, value: string): void {
    if (value === '' || /^[{[]/.test(value)) return value === '' ? undefined : this.json(value, this.numbered(name));
    const place = this.numbered(name);
    const short = name.slice('data-'.length);
    const keys = this.extractor.names.responseKeys(short, value, NO_KEYS);
    this.extractor.value(value, { name: short, keys, place: () => place });
  }

  /** The place of a link is named by its shape, which does not depend on earlier links. */
  private link(tag: string, attribute: string, url: string): void {
    if (/^\s*(?:javascript|data|mailto|tel):/i.test(url)) return;
    const place = this.numbered(`${tag} ${attribute} ${shapeOf(url)}`);
    this.extractor.url(url.trim(), () => place);
  }

  private json(text: string, label: string): void {
    try {
      extractFromJson(Buffer.from(text).toString('latin1'), this.path, this.extractor, label);
    } catch {
      // Invalid JSON is ignored.
    }
  }

  private numbered(label: string): string {
    const count = (this.counts.get(label) ?? 0) + 1;
    if (count > 1 || this.counts.size < MAX_PLACES) this.counts.set(label, count);
    return count === 1 ? label : `${label} (${count})`;
  }
}

/** The text of an element, up to a maximum length. */
class LimitedText {
  value = '';

  constructor(private readonly longest: number) {}

  add(text: string): void {
    if (this.value.length < this.longest) this.value += text.slice(0, this.longest - this.value.length);
  }
}

/** The shape of a URL: variable segments are replaced with an asterisk, and the values of parameters are removed. */
function shapeOf(url: string): string {
  const end = url.search(/[?#]/);
  const path = (end < 0 ? url : url.slice(0, end)).slice(0, 1024);
  const segments = path
    .split('/')
    .map((segment) => (segment === '' || isNaming(percentDecode(segment)) ? segment : '*'));
  const query = end >= 0 && url[end] === '?' ? url.slice(end + 1, end + 1024) : '';
  const parameters = query.split('&').map((piece) => piece.slice(0, piece.indexOf('=') + 1));
  return `${segments.join('/')}?${parameters.join('')}`;
}

/** Extracts strings that a script assigns to a name of an identifier or token: `NAME = "…"`, `"NAME": '…'`. */
function extractFromScript(script: string, numbered: (name: string) => string, extractor: ValueExtractor): void {
  for (const { index } of script.matchAll(/["']/g)) {
    const end = script.indexOf(script[index]!, index + 1);
    const name = end - index > 4 && end - index < LONGEST_STRING ? nameBefore(script, index) : '';
    if (!extractor.names.isIdentifying(name)) continue;
    const value = script.slice(index + 1, end);
    if (/[\\\n]/.test(value)) continue;
    const place = numbered(name);
    extractor.value(value, { name, keys: extractor.names.responseKeys(name, value, NO_KEYS), place: () => place });
  }
}

const LONGEST_STRING = 1024;

/** The name to which the string at an offset is assigned; otherwise empty. */
function nameBefore(script: string, offset: number): string {
  const before = script.slice(Math.max(0, offset - 80), offset).trimEnd();
  if (!/[:=]$/.test(before)) return '';
  const name = before.slice(0, -1).trimEnd().replace(/["']$/, '');
  let start = name.length;
  while (start > 0 && /[\w$-]/.test(name[start - 1]!)) start--;
  return name.slice(start);
}

/** Searches XML for the text and attributes of elements. */
export function xmlSearch(path: string, extractor: ValueExtractor): TextSearch {
  const stack: { name: string; place: string; counts: Map<string, number>; text: string; isLeaf: boolean }[] = [
    { name: path, place: 'xml', counts: new Map(), text: '', isLeaf: false },
  ];
  let depth = 0;
  const add = (name: string, value: string, parent: string, place: string): void => {
    const keys = extractor.names.responseKeys(name, value, parent === '' ? NO_KEYS : [parent]);
    extractor.value(value, { name, keys, place: () => place });
  };
  const handler: MarkupHandler = {
    open: (qualified, attributes) => {
      if (++depth >= DEEPEST) return;
      const parent = stack.at(-1)!;
      parent.isLeaf = false;
      const name = qualified.slice(qualified.indexOf(':') + 1).slice(0, 128);
      const count = (parent.counts.get(name) ?? 0) + 1;
      if (count > 1 || parent.counts.size < MAX_PLACES) parent.counts.set(name, count);
      const place = `${parent.place}/${name}${count === 1 ? '' : `[${count}]`}`;
      stack.push({ name, place, counts: new Map(), text: '', isLeaf: true });
      for (const key in attributes) add(key, attributes[key]!, name, `${place}@${key}`);
    },
    text: (text) => {
      const element = stack.at(-1)!;
      if (element.isLeaf && element.text.length < 16_384) element.text += text;
    },
    close: () => {
      if (depth-- >= DEEPEST || stack.length === 1) return;
      const { name, place, text, isLeaf } = stack.pop()!;
      if (isLeaf) add(name, text.trim(), stack.length > 1 ? stack.at(-1)!.name : '', place);
    },
  };
  return new MarkupSearch(handler, { xmlMode: true, decodeEntities: true });
}

const DEEPEST = 64;
