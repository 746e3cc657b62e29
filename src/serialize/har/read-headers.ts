import type { Field } from '../../flow/headers.js';
import type { Fields } from '../json/fields.js';

/**
 * The headers of a message in the ways in which exporters write them: `{name, value}` or `[name, value]`, several values
 * joined by line feeds, HTTP/2 pseudo-headers among them. What cannot be a header is left out.
 * @param own they were written by us: all of them are fields as they are
 */
export function readHeaders(message: Fields, own: boolean): { pairs: Field[]; pseudo: Map<string, string> } {
  const pairs: Field[] = [];
  const pseudo = new Map<string, string>();
  const list = message.any('headers');
  for (const item of Array.isArray(list) ? list : []) {
    const [name, value] = Array.isArray(item) ? item : [item?.name, item?.value];
    if (typeof name !== 'string' || name === '' || /[\r\n]/.test(name)) continue;
    const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
    if (own) pairs.push([name, text]);
    else if (name.startsWith(':')) pseudo.set(name, text);
    else for (const line of text.split(/\r?\n|\r/)) pairs.push([name, line]);
  }
  return { pairs, pseudo };
}

/** The value of a header, the first if there are several. */
export function headerOf(pairs: readonly Field[], name: string): string | undefined {
  return pairs.find(([key]) => key.toLowerCase() === name)?.[1];
}

/** Replaces a header that is there. @param value undefined: removes it */
export function alterHeader(pairs: readonly Field[], name: string, value: string | undefined): Field[] {
  return pairs.flatMap(([key, old]): Field[] => {
    if (key.toLowerCase() !== name) return [[key, old]];
    return value === undefined ? [] : [[key, value]];
  });
}
