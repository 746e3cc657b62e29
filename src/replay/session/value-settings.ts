import type { Names } from './names.js';
import type { ExtractRules } from './rules/extract-rules.js';

/** Settings for the search for values. */
export interface ValueSettings {
  readonly names: Names;
  readonly rules: ExtractRules;
  /** Maximum size of a decoded body to search, in bytes. */
  readonly limit: number;
  /** Whether larger responses are searched as well, as a stream. Then only few of their values may be of interest. */
  readonly streamsLarge?: boolean | undefined;
  /** Called for a larger body whose type may contain values. */
  readonly onTooLarge?: (() => void) | undefined;
}
