import type { Names } from './names.js';
import type { ExtractRules } from './rules/extract-rules.js';

/** What is searched for values. */
export interface SessionPlaces {
  readonly names: Names;
  readonly rules: ExtractRules;
  /** Larger bodies, in bytes after decoding, are not searched. */
  readonly limit: number;
  /** Called for a body that could have values, and is larger. */
  readonly onTooLarge?: (() => void) | undefined;
}
