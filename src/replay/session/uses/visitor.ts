/** Receives the values that a request uses. */
export interface UseVisitor {
  /**
   * A value, decoded. If it is not replaced, its parts follow: of a URL its segments and parameters, of other text its words.
   * @param keys of the place, see `Names`
   * @returns the value to send instead, decoded, or undefined
   */
  visit(value: string, keys: readonly string[]): string | undefined;
  /** The value of a place was changed: by the replacements since the last call. */
  changed(place: string): void;
}

export const NO_KEYS: readonly string[] = [];

/** Longer values are not looked up as a whole: nothing that a server hands out is as long. */
export const LONGEST_VALUE = 16_384;

/** Shorter values count only in places with a common key. */
export const SHORTEST_ANYWHERE = 8;
