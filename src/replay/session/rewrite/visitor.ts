/** Receives the values that a request uses. */
export interface ValueVisitor {
  /**
   * Called with a decoded value. If it is not replaced, its parts follow: segments and parameters of a URL, or words of other
   * text.
   * @param keys of its place, see `Names`
   * @returns the replacement, not encoded; otherwise undefined
   */
  visit(value: string, keys: readonly string[]): string | undefined;
  /** Called with a place whose value has changed, by the replacements since the last call. */
  changed(place: string): void;
}

export const NO_KEYS: readonly string[] = [];

/** Maximum length of a value to look up as a whole. Responses issue no longer ones. */
export const LONGEST_VALUE = 16_384;

/** Minimum length of a value that is matched in any place. Shorter values need a common key. */
export const SHORTEST_ANYWHERE = 8;
