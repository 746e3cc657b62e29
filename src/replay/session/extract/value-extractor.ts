import { percentDecode } from '../../../flow/text/percent.js';
import type { Names } from '../names.js';
import { isNaming, isUrl, isVersion, pathStart, subjectOf } from '../paths.js';
import { LONGEST_VALUE, NO_KEYS, SHORTEST_ANYWHERE } from '../rewrite/visitor.js';

/**
 * Receives a value that a response issues.
 * @param value decoded
 * @param keys of its place, see `Names`
 * @param anywhere whether it is distinctive enough to be matched in any place
 * @param places alternative names of its place; the replayed value is at the first of these that the new response has. Must be
 * called synchronously
 */
export type OnValue = (
  value: string,
  keys: readonly string[],
  anywhere: boolean,
  places: () => readonly string[],
) => void;

/** Finds the values of text that arrives in pieces. */
export interface TextSearch {
  push(text: string): void;
  /** The text is complete. */
  end(): void;
}

/** The place of a value in a response. */
export interface ValuePlace {
  /** The name of the member, field or header. */
  readonly name: string;
  readonly keys: readonly string[];
  /** Whether values at this place are tokens, even if they look like words. */
  readonly isToken?: boolean;
  readonly place: () => string;
  /** An alternative name, for a response that does not have the place. */
  readonly otherPlace?: (() => string) | undefined;
}

/**
 * Extracts values. A response issues a value that a later request may repeat. It selects the values that can be
 * recognised in a request, and splits URLs.
 */
export class ValueExtractor {
  /** @param all whether every value is extracted, because the replayed value may look different from the recorded one */
  constructor(
    readonly names: Names,
    private readonly onValue: OnValue,
    readonly all = false,
  ) {}

  /** Extracts a value. If it is a URL, its parts are extracted too. */
  value(value: string, place: ValuePlace): void {
    this.scalar(value, place, namesOf(place));
    if (isUrl(value)) this.url(value, place.place, place.otherPlace);
    // `Bearer TOKEN`: a client that stores the whole value may send the token with another scheme.
    else if (/^(?:Bearer|Token|Basic|JWT) \S+$/i.test(value)) {
      const rest = value.slice(value.indexOf(' ') + 1);
      this.scalar(rest, { ...place, isToken: true }, namesOf(place, ' credentials'));
    }
  }

  /** Extracts a value that a rule has found. */
  ruleValue(value: string, key: string, anywhere: boolean, place: () => string): void {
    if (value.length > LONGEST_VALUE) return;
    this.onValue(value, [key], anywhere && value.length >= SHORTEST_ANYWHERE, () => [place()]);
  }

  private scalar(
    value: string,
    { name, keys, isToken = false }: Pick<ValuePlace, 'name' | 'keys' | 'isToken'>,
    places: () => readonly string[],
  ): void {
    if (value === '' || value.length > LONGEST_VALUE) return;
    const anywhere =
      value.length >= SHORTEST_ANYWHERE && (isToken || !isWords(value) || this.names.isIdentifying(name));
    if (this.all || anywhere || keys.length > 0) this.onValue(value, keys, anywhere, places);
  }

  /**
   * Extracts the segments and parameters of a URL, a path or a query (`?a=b`).
   * @param otherPlace alternative name of the place
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

  /** Extracts the values of a query or of urlencoded content. */
  query(query: string, path: string, place: () => string, otherPlace?: () => string): void {
    const subject = subjectOf(path);
    const context = subject === undefined ? NO_KEYS : [percentDecode(subject)];
    for (const piece of query.split('&')) {
      const [rawName = '', raw = ''] = splitAt(piece, '=');
      if (raw === '') continue;
      const name = decode(rawName);
      const value = decode(raw);
      const keys = this.names.responseKeys(name, value, context);
      this.value(value, {
        name,
        keys,
        place: () => `${place()} query ${name}`,
        otherPlace: otherPlace && (() => `${otherPlace()} query ${name}`),
      });
    }
  }

  private segments(path: string, url: Pick<ValuePlace, 'place' | 'otherPlace'>): void {
    const segments = path.split('/');
    for (const [at, raw] of segments.entries()) {
      if (raw === '') continue;
      const value = percentDecode(raw);
      const before = segments[at - 1] ?? '';
      const isNamed = isNaming(before) && !isVersion(before) && /[0-9]/.test(value) && !isVersion(value);
      const keys = isNamed ? this.names.responseKeys('id', value, [percentDecode(before)]) : NO_KEYS;
      const step = ` path ${at} of ${segments.length}`;
      // A prefix of the path may differ between the responses.
      const after = ` path after ${isNaming(before) ? before : '*'}`;
      this.scalar(value, { name: '', keys }, namesOf(url, step, after));
    }
  }
}

/** The names of a place, or of steps below it, the best first. */
function namesOf({ place, otherPlace }: Pick<ValuePlace, 'place' | 'otherPlace'>, ...steps: string[]): () => string[] {
  return () => {
    const names = otherPlace ? [place(), otherPlace()] : [place()];
    return steps.length === 0 ? names : names.flatMap((name) => steps.map((step) => name + step));
  };
}

/** Whether a value consists of ordinary words, such as a state or a title, which are too common to be matched in any place. */
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
