import { jsonValue } from './json-value.js';
import type { Named, Scan } from './scan.js';
import { endOfString, unescaped } from './strings.js';

/** Maximum length of a tag in which an attribute with the value is searched. */
const TAG = 4096;
/** Maximum length of an element that is searched for values. */
const ELEMENT = 64 * 1024;

/**
 * Redacts the value in `name="token" … value="x"`: the value of an input, the content of a meta tag.
 * @param from start of the opening quote
 */
export function siblingAttribute(scan: Scan, named: Named, from: number, end: number): boolean {
  const { text } = scan;
  const attribute = ATTRIBUTE.exec(text.slice(Math.max(0, from - 32), from))?.[1]?.toLowerCase();
  if (attribute === undefined) return false;
  const before = text.slice(Math.max(0, from - TAG), from);
  const bracket = before.lastIndexOf('<');
  if (bracket < 0) return false;
  const open = from - before.length + bracket;
  const after = text.slice(end, end + TAG);
  const close = after.search(/[<>]/);
  const tag = text.slice(open, end + (close < 0 ? after.length : close));
  // In `<input type="password" value="x">`, the type is the evidence.
  if (attribute === 'type' && !/^<input\s/i.test(tag)) return false;
  return (
    valueInTag(scan, named, open, tag) || attribute === 'type' || contentOfTag(scan, named, tag, open + tag.length)
  );
}

const ATTRIBUTE = /\b(name|id|key|property|itemprop|type)\s{0,8}=\s{0,8}\\*$/i;
const QUOTED = /\s(?:value|content)\s{0,8}=\s{0,8}(\\*)(["'])/i;
/** An attribute value without quotes (HTML 13.1.2.3). */
const BARE = /\s(?:value|content)\s{0,8}=\s{0,8}([^\s"'\\<>]+)/i;

/** Redacts the value attribute of a tag. @param open start of the tag @returns whether it has one */
export function valueInTag(scan: Scan, named: Named, open: number, tag: string): boolean {
  const quoted = QUOTED.exec(tag);
  const bare = quoted ? undefined : BARE.exec(tag);
  if (quoted) {
    const [whole, { length: escapes }, quote] = quoted as unknown as [string, string, string];
    const start = open + quoted.index + whole.length;
    const end = endOfString(scan.text, start, quote.charCodeAt(0), escapes, start + ELEMENT);
    scan.putValue(named, { start, end, secret: entitiesDecoded(scan.text.slice(start, end)) });
  } else if (bare) {
    const start = open + bare.index + bare[0].length - bare[1]!.length;
    scan.putValue(named, { start, end: start + bare[1]!.length, secret: entitiesDecoded(bare[1]!) });
  }
  return quoted !== null || !!bare;
}

/**
 * Redacts the text in `<entry key="password">x</entry>`. In HTML, such an element is usually a label.
 * @param end of the tag
 */
function contentOfTag(scan: Scan, named: Named, tag: string, end: number): boolean {
  const { text } = scan;
  if (text[end] !== '>' || tag.endsWith('/')) return true;
  if (scan.kind === 'markup' && !/^<textarea\s/i.test(tag)) return true;
  const content = text.slice(end + 1, end + 1 + TAG);
  const stop = content.indexOf('</');
  if (stop > 0 && named.rule.values !== 'code') elementText(scan, named, end + 1, end + 1 + stop);
  return true;
}

const NAME_MEMBER = /["'](?:name|key|field|id|header)\\*["']\s{0,20}:\s{0,20}\\*$/i;
const VALUE_MEMBER = /\s{0,100},\s{0,100}\\*["'](?:value|val|content|data|text|default)\\*["']\s{0,20}:\s{0,20}/iy;
/** A short member between name and value, such as a type. */
const OTHER_MEMBER =
  /\s{0,100},\s{0,100}\\*["'](?!val)[\w-]{1,32}\\*["']\s{0,20}:\s{0,20}(?:\\*["'][^"'\\]{0,200}\\*["']|[\w.+-]{1,32})/iy;
const MAX_OTHERS = 6;
const VALUE_BEFORE = /value\\*["']\s{0,20}:\s{0,20}/y;

/**
 * Redacts the value in `"name": "token", "value": "x"`, as in HAR files, in either order.
 * @param from start of the opening quote
 */
export function siblingMember(scan: Scan, named: Named, from: number, end: number, escapes: number): void {
  const { text } = scan;
  const before = text.slice(Math.max(0, from - 64), from);
  const member = NAME_MEMBER.exec(before);
  if (!member) return;
  let at = end;
  for (let others = 0; others <= MAX_OTHERS; others++) {
    VALUE_MEMBER.lastIndex = at;
    const after = VALUE_MEMBER.exec(text);
    if (after) return jsonValue(scan, named, at + after[0].length, escapes);
    OTHER_MEMBER.lastIndex = at;
    const other = OTHER_MEMBER.exec(text);
    if (!other) break;
    at += other[0].length;
  }
  // The value may precede the name.
  const nameStart = from - before.length + member.index;
  const window = Math.max(0, nameStart - TAG);
  const earlier = text.slice(window, nameStart);
  const key = earlier.lastIndexOf('value');
  VALUE_BEFORE.lastIndex = Math.max(0, key);
  const found = key < 0 ? undefined : VALUE_BEFORE.exec(earlier)?.[0];
  if (found === undefined) return;
  const open = window + key + found.length + escapes;
  const quote = text[open];
  if (quote !== '"' && quote !== "'") return;
  const close = endOfString(text, open + 1, quote.charCodeAt(0), escapes, nameStart);
  if (!/^\\*["']\s{0,100},\s{0,100}\\*$/.test(text.slice(close, nameStart))) return;
  scan.putValue(named, { start: open + 1, end: close, secret: unescaped(text.slice(open + 1, close), escapes) });
}

const PART_HEAD = /[^\r\n]{0,1000}\r?\n(?:[^\r\n]{1,1000}\r?\n){0,20}\r?\n/y;
const PART_END = /\r?\n--/g;

/** Redacts the content of a multipart part (RFC 7578). @param from end of the name */
export function partContent(scan: Scan, named: Named, from: number): boolean {
  const { text } = scan;
  PART_HEAD.lastIndex = from;
  const head = PART_HEAD.exec(text);
  if (!head) return false;
  const start = from + head[0].length;
  PART_END.lastIndex = start;
  const end = PART_END.exec(text)?.index ?? text.length;
  scan.putValue(named, { start, end, secret: text.slice(start, end), isPair: true });
  return true;
}

const REST_OF_TAG = /(?:\s[^<>]{0,1000})?(\/?)>/y;

/** Redacts the text of an XML element. @param end of its name @returns whether it is an element */
export function xmlElement(scan: Scan, named: Named, end: number): boolean {
  const { text } = scan;
  const { from } = named;
  if (text[from - 1] === ':' && !/<[\w.-]{1,60}:$/.test(text.slice(Math.max(0, from - 64), from))) return false;
  REST_OF_TAG.lastIndex = end;
  const tag = REST_OF_TAG.exec(text);
  if (!tag) return false;
  if (tag[1] === '/' || named.rule.values === 'code') return true;
  const start = end + tag[0].length;
  const content = text.slice(start, start + ELEMENT);
  const closing = content.indexOf(`${named.name}>`);
  const stop = closing < 0 ? content.indexOf('<') : closing;
  elementText(scan, named, start, start + (stop < 0 ? content.length : stop));
  return true;
}

/** Redacts all text in a range, but no tags. */
function elementText(scan: Scan, named: Named, start: number, end: number): void {
  const { text } = scan;
  let at = start;
  while (at < end) {
    const isComment = text.startsWith('<!--', at);
    if (isComment || text.startsWith('<![CDATA[', at)) {
      const close = text.slice(at, end).indexOf(isComment ? '-->' : ']]>');
      const stop = close < 0 ? end : at + close;
      putText(scan, named, at + (isComment ? 4 : 9), stop, false);
      at = stop + 3;
    } else if (text[at] === '<') {
      while (at < end && text[at] !== '>') at++;
      at++;
    } else {
      let stop = at;
      while (stop < end && text[stop] !== '<') stop++;
      putText(scan, named, at, stop, true);
      at = stop;
    }
  }
}

function putText(scan: Scan, named: Named, start: number, end: number, hasEntities: boolean): void {
  const raw = scan.text.slice(start, end);
  const value = raw.trim();
  if (value === '') return;
  const begin = start + raw.indexOf(value);
  const secret = hasEntities ? entitiesDecoded(value) : value;
  scan.putValue(named, { start: begin, end: begin + value.length, secret });
}

/** In XML-RPC, the value is wrapped in further elements. */
const NEXT_ELEMENT =
  /<\/(?:[\w.-]{1,60}:)?(?:key|name|field)>\s{0,100}<[\w.:-]{1,60}>(?:\s{0,100}<[\w.:-]{1,60}>){0,2}/iy;

const ENCODED_TAG = /(?:\s[^&<>]{0,200})?&gt;/iy;
const ENCODED_TEXT = /[^<&]*(?:&(?!lt;)[^<&]*)*/iy;

/**
 * Redacts an escaped element in the text of another, which is common in SOAP: `&lt;password&gt;x&lt;/password&gt;`.
 * @param end of the name
 */
export function encodedElement(scan: Scan, named: Named, end: number): boolean {
  ENCODED_TAG.lastIndex = end;
  const tag = ENCODED_TAG.exec(scan.text);
  if (!tag || tag[0].endsWith('/&gt;')) return false;
  const start = end + tag[0].length;
  ENCODED_TEXT.lastIndex = start;
  putText(scan, named, start, start + ENCODED_TEXT.exec(scan.text)![0].length, true);
  return true;
}

/** Redacts the string in `<key>token</key><string>x</string>`, as in property lists. @param end of the name */
export function siblingElement(scan: Scan, named: Named, end: number): boolean {
  NEXT_ELEMENT.lastIndex = end;
  const next = NEXT_ELEMENT.exec(scan.text);
  if (!next) return false;
  const start = end + next[0].length;
  const content = scan.text.slice(start, start + ELEMENT);
  const stop = content.indexOf('<');
  putText(scan, named, start, start + (stop < 0 ? content.length : stop), true);
  return true;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function entitiesDecoded(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:(amp|lt|gt|quot|apos)|#(\d{1,3})|#x([\da-f]{1,2}));/gi, (_, name, decimal, hex) => {
    if (name !== undefined) return ENTITIES[String(name).toLowerCase()]!;
    return String.fromCharCode(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal));
  });
}
