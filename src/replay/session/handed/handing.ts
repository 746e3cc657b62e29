import { percentDecode } from '../../../flow/text/percent.js';
import type { Names } from '../names.js';
import { isNaming, isUrl, isVersion, pathStart, subjectOf } from '../paths.js';
import { LONGEST_VALUE, NO_KEYS, SHORTEST_ANYWHERE } from '../uses/visitor.js';

/**
 * Receives a value that a response hands out.
 * @param value decoded
 * @param keys of the places where it counts, see `Names`
 * @param anywhere whether it is distinctive enough to be recognised in any place
 * @param place where it stands; the new value is that of the same place in the new response. To be called at once, if at all
 * @param otherPlace the place named in another way, for a response in which there is no such place
 */
export type OnHanded = (
  value: string,
  keys: readonly string[],
  anywhere: boolean,
  place: () => string,
  otherPlace?: () => string,
) => void;

/** How a value is handed out. */
export interface Handed {
  /** The name of the member, field or header. */
  readonly name: string;
  readonly keys: readonly string[];
  /** Whether it is a token by its place, however it looks. */
  readonly isToken?: boolean;
  readonly place: () => string;
  readonly otherPlace?: (() => string) | undefined;
}

/** Hands out single values: those that may be recognised in a request, and the parts of URLs. */
export class Handing {
  /** @param all whether to hand out all values: in the place of one to recognise there may be any other */
  constructor(
    readonly names: Names,
    private readonly onHanded: OnHanded,
    readonly all = false,
  ) {}

  /** Hands out a value, and if it is a URL, its parts. */
  value(value: string, handed: Handed): void {
    this.scalar(value, handed);
    if (isUrl(value)) this.url(value, handed.place);
    // `Bearer TOKEN`: a client that keeps the whole value may send it under another scheme.
    else if (/^(?:Bearer|Token|Basic|JWT) \S+$/i.test(value)) {
      const rest = value.slice(value.indexOf(' ') + 1);
      this.scalar(rest, { ...handed, isToken: true, place: () => `${handed.place()} credentials` });
    }
  }

  /** Hands out what a rule has found. */
  extracted(value: string, key: string, anywhere: boolean, place: () => string): void {
    if (value.length <= LONGEST_VALUE)
      this.onHanded(value, [key], anywhere && value.length >= SHORTEST_ANYWHERE, place);
  }

  private scalar(value: string, { name, keys, isToken = false, place, otherPlace }: Handed): void {
    if (value === '' || value.length > LONGEST_VALUE) return;
    const anywhere = value.length >= SHORTEST_ANYWHERE && (isToken || !isWords(value) || this.names.isTelling(name));
    if (this.all || anywhere || keys.length > 0) this.onHanded(value, keys, anywhere, place, otherPlace);
  }

  /** Hands out the segments and parameters of a URL, of a path, or of a query (`?a=b`). */
  url(url: string, place: () => string): void {
    if (url.length > LONGEST_VALUE) return;
    const start = pathStart(url);
    const [before = '', fragment] = splitAt(url.slice(start), '#');
    const [path = '', query] = splitAt(before, '?');
    this.segments(path, place);
    if (query !== undefined) this.query(query, path, place);
    if (fragment?.includes('=')) this.query(fragment, path, () => `${place()} fragment`);
  }

  /** Hands out the values of a query or of urlencoded content. */
  query(query: string, path: string, place: () => string): void {
    const subject = subjectOf(path);
    const context = subject === undefined ? NO_KEYS : [percentDecode(subject)];
    for (const piece of query.split('&')) {
      const [rawName = '', raw = ''] = splitAt(piece, '=');
      if (raw === '') continue;
      const name = decode(rawName);
      const value = decode(raw);
      const keys = this.names.handedKeys(name, value, context);
      this.value(value, { name, keys, place: () => `${place()} query ${name}` });
    }
  }

  private segments(path: string, place: () => string): void {
    const segments = path.split('/');
    for (const [at, raw] of segments.entries()) {
      if (raw === '') continue;
      const value = percentDecode(raw);
      const before = segments[at - 1] ?? '';
      const isNamed = isNaming(before) && !isVersion(before) && /[0-9]/.test(value) && !isVersion(value);
      const keys = isNamed ? this.names.handedKeys('id', value, [percentDecode(before)]) : NO_KEYS;
      this.scalar(value, {
        name: '',
        keys,
        place: () => `${place()} path ${at} of ${segments.length}`,
        otherPlace: () => `${place()} path after ${isNaming(before) ? before : '*'}`,
      });
    }
  }
}

/** Words of a language, such as a state or a title: too common to be recognised by themselves. */
function isWords(value: string): boolean {
  return value.length <= 200 && /^(?:(?:[A-Z]?[a-z]+|[A-Z]+)(?:[ _.,:;!?'/&-]{1,3}|$))+$/.test(value);
}

function splitAt(text: string, separator: string): [before: string, after?: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string {
  return percentDecode(text.includes('+') ? text.replaceAll('+', ' ') : text);
}
