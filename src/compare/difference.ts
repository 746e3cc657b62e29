/** What differs. `error`: one side has no response, or it cannot be compared. */
export type DifferenceKind = 'status' | 'headers' | 'trailers' | 'body' | 'messages' | 'size' | 'slower' | 'error';

/** Values of a place that rules can name, as found. `undefined` stands for a missing value. */
export interface ComparedValues {
  /** The place in the language of rules, such as `header:etag` or `$.items[*].id`. */
  readonly place: string;
  readonly recorded: unknown;
  readonly replayed: unknown;
}

/** One difference between two responses. Texts are short, but may hold any character. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** Where it is, such as `$.items[3].id`, `etag` or `line 7`; empty for the status. */
  readonly place: string;
  /** The same for all elements of an array, and all lines of a text: `$.items[*].id`. */
  readonly group: string;
  /** What was recorded; undefined if it was missing. */
  readonly was: string | undefined;
  /** What came this time; undefined if it is missing. */
  readonly now: string | undefined;
  /** For learning. */
  readonly values?: ComparedValues;
}

/** Most differences that are found in one body. */
export const MOST_DIFFERENCES = 1000;

/** Longest text of a value. */
const LONGEST = 60;

/** A value for a difference: strings in quotes, everything shortened. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shorten(value));
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[… ${value.length}]`;
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    const names = Object.keys(value);
    return names.length === 0 ? '{}' : shorten(`{${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}}`);
  }
  return shorten(String(value));
}

export function shorten(text: string, longest = LONGEST): string {
  if (text.length <= longest) return text;
  // No half of a surrogate pair at the end.
  return `${text.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}…`;
}
