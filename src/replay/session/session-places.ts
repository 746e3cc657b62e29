import type { Names } from './names.js';
import type { ExtractRules } from './rules/extract-rules.js';

/** Settings for the search for values. */
export interface SessionPlaces {
  readonly names: Names;
  readonly rules: ExtractRules;
  /** Maximum size of a decoded body to search, in bytes. */
  readonly limit: number;
  /** Called for a larger body whose type may contain values. */
  readonly onTooLarge?: (() => void) | undefined;
}
