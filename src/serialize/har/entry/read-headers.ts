import type { Field } from '../../../flow/http/headers.js';
import { isToken } from '../../../flow/http/token.js';
import type { Fields } from '../../json/fields.js';
import { oneByteText } from '../../json/header-pairs.js';

/** A field name is a token (RFC 9110 section 5.1). */

export interface HarHeaders {
  pairs: Field[];
  /** The pseudo-header fields of HTTP/2 and later, with their colon. */
  pseudo: Map<string, string>;
}

/**
 * The headers of a message in the forms that exporters write: `{name, value}`, `[name, value]` or an object; several values as
 * a list or joined by line feeds; with HTTP/2 pseudo-headers among them. Invalid headers are noted and left out.
 * @param own whether tsdump wrote them: then all are taken unchanged
 */
export function readHeaders(message: Fields, own: boolean): HarHeaders {
  const found: HarHeaders = { pairs: [], pseudo: new Map() };
  const list = message.any('headers');
  if (Array.isArray(list)) {
    for (let at = 0; at < list.length; at++) {
      const item = list[at];
      const isPair = Array.isArray(item);
      const name = isPair ? item[0] : item?.name;
      const value = isPair ? item[1] : item?.value;
      if (typeof (item?.comment ?? '') !== 'string') message.note(`headers[${at}].comment`, 'is not text');
      if (own && typeof name === 'string' && name !== '' && !/[\r\n]/.test(name)) {
        found.pairs.push([oneByteText(name), oneByteText(scalarText(value) ?? '')]);
      } else if (isField(name, value)) found.pairs.push([name, value]);
      else addHeader(found, message, `headers[${at}]`, name, value);
    }
  } else if (typeof list === 'object' && list !== null) {
    for (const [name, value] of Object.entries(list)) addHeader(found, message, 'headers', name, value);
  } else if (list !== undefined) message.note('headers', 'is not a list');
  return found;
}

/** Whether a pair is a valid field without changes, as almost all are. */
function isField(name: unknown, value: unknown): boolean {
  return typeof name === 'string' && typeof value === 'string' && isToken(name) && !/[\r\n]/.test(value);
}

function addHeader({ pairs, pseudo }: HarHeaders, message: Fields, place: string, name: unknown, value: unknown): void {
  const isPseudo = typeof name === 'string' && name.startsWith(':');
  if (typeof name !== 'string' || !isToken(isPseudo ? name.slice(1) : name)) {
    return message.note(`${place}.name`, 'is not a header name');
  }
  for (const item of Array.isArray(value) ? value : [value ?? '']) {
    const text = scalarText(item);
    if (text === undefined) message.note(`${place}.value`, 'is not text');
    else if (isPseudo) pseudo.set(name, text);
    else if (/[\r\n]/.test(text)) for (const line of text.split(/\r?\n|\r/)) pairs.push([name, line]);
    else pairs.push([name, text]);
  }
}

/** Converts text, a number or a boolean to text. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** The value of a header; the first of several. */
export function headerOf(pairs: readonly Field[], name: string): string | undefined {
  for (const [key, value] of pairs) if (key.length === name.length && key.toLowerCase() === name) return value;
  return undefined;
}

/** Replaces an existing header. @param value undefined removes it */
export function alterHeader(pairs: readonly Field[], name: string, value: string | undefined): Field[] {
  return pairs.flatMap(([key, old]): Field[] => {
    if (key.toLowerCase() !== name) return [[key, old]];
    return value === undefined ? [] : [[key, value]];
  });
}
