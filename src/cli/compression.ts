import { type Compression, CompressionMissingError, codecOf } from '../serialize/compression/codec.js';
import { compressionOfPath } from '../serialize/compression/endings.js';
import { formatOfPath } from '../serialize/formats.js';
import { UsageError } from './exit-error.js';
import { outputPath } from './files.js';
import type { ResolvedOptions } from './options/resolve.js';

/**
 * Refuses to compress in a way that is not there, before an output is emptied for it.
 * @throws UsageError
 */
export function checkCompression({ values, origins }: ResolvedOptions): void {
  const { compress, format, saveStreamFile } = values;
  const { place, source } = origins.get('compress')!;
  if (compress && compress !== 'none') checkRuntime(place, compress);
  if (!saveStreamFile) return;
  const ofFile = compressionOfPath(outputPath(saveStreamFile));
  if (ofFile) checkRuntime(saveStreamFile, ofFile);
  const written = format ?? formatOfPath(outputPath(saveStreamFile));
  // In a config file it may be meant for those outputs that it suits.
  if (compress && compress !== 'none' && written !== 'native' && source === 'command line') {
    throw new UsageError(`${place}: only records of the format native are compressed; a FILE.gz is as a whole`);
  }
}

function checkRuntime(place: string, compression: Compression): void {
  try {
    codecOf(compression);
  } catch (error) {
    throw error instanceof CompressionMissingError ? new UsageError(`${place}: ${error.message}`) : error;
  }
}
