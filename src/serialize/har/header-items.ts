import type { Headers } from '../../flow/http/headers.js';
import type { KeptItem } from './extras.js';

interface HeaderItem {
  name: string;
  value: string;
}

/** The values of HTTP/2 pseudo-header fields, as the flow has them. */
type PseudoFields = Readonly<Partial<Record<string, string>>>;

/** Header items that differ from the fields of the flow. */
export function keepItems(list: unknown, headers: Headers, pseudo: PseudoFields): KeptItem[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const pairs = [...headers];
  const kept: KeptItem[] = [];
  let next = 0;
  for (let at = 0; at < list.length; at++) {
    const item = list[at];
    const isPair: boolean = Array.isArray(item);
    const name: string = isPair ? item[0] : item?.name;
    const value = isPair ? item[1] : item?.value;
    const pair = pairs[next];
    const isField = pair !== undefined && pair[0] === name;
    // The usual case.
    if (isField && pair[1] === value && hasNoMore(item)) {
      next++;
      continue;
    }
    const lines = linesOf(value);
    if (lines > 1) next += lines;
    else if (isField) kept.push([at, item, pairs[next++]![1]]);
    else if (isOther(pseudo[name], value)) kept.push([at, item, pseudo[name]]);
    else kept.push([at, item]);
  }
  return kept.length > 0 ? kept : undefined;
}

/**
 * The fields merged with the kept items.
 * @param altered what was changed on import; a `Content-Type` made from the body's type is left out
 */
export function restoreItems(
  kept: readonly KeptItem[] | undefined,
  headers: Headers,
  pseudo: PseudoFields,
  altered: readonly string[] | undefined,
): unknown[] {
  const items: HeaderItem[] = [];
  for (const [name, value] of headers) items.push({ name, value });
  if (isMadeType(items.at(-1), altered)) items.pop();
  for (const [at, item, value] of kept ?? []) {
    const { name } = (item ?? {}) as HeaderItem;
    if (Object.hasOwn(pseudo, name)) {
      items.splice(at, 0, value === pseudo[name] ? (item as HeaderItem) : { name, value: pseudo[name]! });
    } else if (value !== undefined) {
      if (items[at]?.name === name && items[at].value === value) items[at] = item as HeaderItem;
    } else if (!headers.has(String(name))) items.splice(at, 0, item as HeaderItem);
  }
  return items;
}

/** Whether the flow has a pseudo-header field with another value. */
function isOther(own: string | undefined, value: unknown): boolean {
  return own !== undefined && own !== value;
}

function isMadeType(last: HeaderItem | undefined, altered: readonly string[] | undefined): boolean {
  const made = altered?.find((change) => change.startsWith(MADE_TYPE))?.slice(MADE_TYPE.length);
  return made !== undefined && last?.name.toLowerCase() === 'content-type' && last.value === made.trim();
}

const MADE_TYPE = 'mimeType: ';

/** The number of fields that an item becomes; several values become several fields. */
function linesOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return typeof value === 'string' && /[\r\n]/.test(value) ? value.split(/\r?\n|\r/).length : 1;
}

function hasNoMore(item: object): boolean {
  if (Array.isArray(item)) return true;
  for (const key in item) if (key !== 'name' && key !== 'value') return false;
  return true;
}
