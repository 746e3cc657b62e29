import type { Compression } from '../../../src/serialize/compression/codec.js';
import { codecOf } from '../../../src/serialize/compression/codec.js';

/** What this runtime can compress with. */
export const COMPRESSIONS: readonly Compression[] = (['gzip', 'zstd'] as const).filter((compression) => {
  try {
    return codecOf(compression);
  } catch {
    return false;
  }
});
