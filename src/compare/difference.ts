/** The kind of a difference. `error`: one side has no response, or the responses cannot be compared. */
export type DifferenceKind = 'status' | 'headers' | 'trailers' | 'body' | 'messages' | 'size' | 'slower' | 'error';

/** The two values of a place that rules can name; undefined for a missing value. */
export interface ComparedValues {
  /** A place is the location of a value, in the syntax of rules: `header:etag` or `$.items[*].id`. */
  readonly place: string;
  readonly recorded: unknown;
  readonly replayed: unknown;
}

/** One difference between two responses. Texts are shortened, but may contain any character. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** The location, such as `$.items[3].id`, `etag` or `line 7`; empty for the status. */
  readonly place: string;
  /** The same for all elements of an array, and all lines of a text: `$.items[*].id`. */
  readonly group: string;
  /** The recorded value; undefined if it was missing. */
  readonly was: string | undefined;
  /** The replayed value; undefined if it is missing. */
  readonly now: string | undefined;
  /** The full values, for learning rules. */
  readonly values?: ComparedValues;
}

/** Maximum number of differences in one body. */
export const MAX_DIFFERENCES = 1000;

/** Maximum length of a value's text, in characters. */
const LONGEST = 60;

/** A value for a difference: strings in quotes, long texts shortened. */
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
  // Do not cut a surrogate pair in half.
  return `${text.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}…`;
}
