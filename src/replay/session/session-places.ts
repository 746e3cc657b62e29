import type { Names } from './names.js';

/** What is searched for values. */
export interface SessionPlaces {
  readonly names: Names;
  /** Larger bodies, in bytes after decoding, are not searched. */
  readonly limit: number;
}
