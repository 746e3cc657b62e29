import { percentDecode } from '../../../flow/text/percent.js';
import type { Names } from '../names.js';
import { isNaming, isUrl, isVersion, pathStart, subjectOf } from '../paths.js';
import { LONGEST_VALUE, NO_KEYS, SHORTEST_ANYWHERE } from '../uses/visitor.js';

/**
 * Receives a value that a response hands out.
 * @param value decoded
 * @param keys of the places where it counts, see `Names`
 * @param anywhere whether it is distinctive enough to be recognised in any place
 * @param places names of the place where it stands; the new value is that of the first of these that the new response has. To be
 * called at once, if at all
 */
export type OnHanded = (
  value: string,
  keys: readonly string[],
  anywhere: boolean,
  places: () => readonly string[],
) => void;

/** How a value is handed out. */
export interface Handed {
  /** The name of the member, field or header. */
  readonly name: string;
  readonly keys: readonly string[];
  /** Whether it is a token by its place, however it looks. */
  readonly isToken?: boolean;
  readonly place: () => string;
  /** The place named in another way, for a response in which there is no such place. */
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
    this.scalar(value, handed, namesOf(handed));
    if (isUrl(value)) this.url(value, handed.place, handed.otherPlace);
    // `Bearer TOKEN`: a client that keeps the whole value may send it under another scheme.
    else if (/^(?:Bearer|Token|Basic|JWT) \S+$/i.test(value)) {
      const rest = value.slice(value.indexOf(' ') + 1);
      this.scalar(rest, { ...handed, isToken: true }, namesOf(handed, ' credentials'));
    }
  }

  /** Hands out what a rule has found. */
  extracted(value: string, key: string, anywhere: boolean, place: () => string): void {
    if (value.length > LONGEST_VALUE) return;
    this.onHanded(value, [key], anywhere && value.length >= SHORTEST_ANYWHERE, () => [place()]);
  }

  private scalar(
    value: string,
    { name, keys, isToken = false }: Pick<Handed, 'name' | 'keys' | 'isToken'>,
    places: () => readonly string[],
  ): void {
    if (value === '' || value.length > LONGEST_VALUE) return;
    const anywhere = value.length >= SHORTEST_ANYWHERE && (isToken || !isWords(value) || this.names.isTelling(name));
    if (this.all || anywhere || keys.length > 0) this.onHanded(value, keys, anywhere, places);
  }

  /**
   * Hands out the segments and parameters of a URL, of a path, or of a query (`?a=b`).
   * @param otherPlace the place named in another way
   */
  url(url: string, place: () => string, otherPlace?: () => string): void {
    if (url.length > LONGEST_VALUE) return;
    const start = pathStart(url);
    const [before = '', fragment] = splitAt(url.slice(start), '#');
    const [path = '', query] = splitAt(before, '?');
    this.segments(path, { place, otherPlace });
    if (query !== undefined) this.query(query, path, place, otherPlace);
    if (fragment?.includes('=')) this.query(fragment, path, () => `${place()} fragment`);
  }

  /** Hands out the values of a query or of urlencoded content. */
  query(query: string, path: string, place: () => string, otherPlace?: () => string): void {
    const subject = subjectOf(path);
    const context = subject === undefined ? NO_KEYS : [percentDecode(subject)];
    for (const piece of query.split('&')) {
      const [rawName = '', raw = ''] = splitAt(piece, '=');
      if (raw === '') continue;
      const name = decode(rawName);
      const value = decode(raw);
      const keys = this.names.handedKeys(name, value, context);
      this.value(value, {
        name,
        keys,
        place: () => `${place()} query ${name}`,
        otherPlace: otherPlace && (() => `${otherPlace()} query ${name}`),
      });
    }
  }

  private segments(path: string, url: Pick<Handed, 'place' | 'otherPlace'>): void {
    const segments = path.split('/');
    for (const [at, raw] of segments.entries()) {
      if (raw === '') continue;
      const value = percentDecode(raw);
      const before = segments[at - 1] ?? '';
      const isNamed = isNaming(before) && !isVersion(before) && /[0-9]/.test(value) && !isVersion(value);
      const keys = isNamed ? this.names.handedKeys('id', value, [percentDecode(before)]) : NO_KEYS;
      const step = ` path ${at} of ${segments.length}`;
      // Prefixes come and go.
      const after = ` path after ${isNaming(before) ? before : '*'}`;
      this.scalar(value, { name: '', keys }, namesOf(url, step, after));
    }
  }
}

/** Names of a place, or of steps in it, the best first. */
function namesOf({ place, otherPlace }: Pick<Handed, 'place' | 'otherPlace'>, ...steps: string[]): () => string[] {
  return () => {
    const names = otherPlace ? [place(), otherPlace()] : [place()];
    return steps.length === 0 ? names : names.flatMap((name) => steps.map((step) => name + step));
  };
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
