import {
  type Compression,
  CompressionMissingError,
  codecOf,
  compressionOfPath,
} from '../../serialize/compression/codec.js';
import type { ResolvedOptions } from '../options/resolve.js';
import { UsageError } from '../process/exit-error.js';
import { formatOfOutput } from './output-format.js';

/**
 * Rejects an unsupported compression, before an output is truncated.
 * @throws UsageError
 */
export function checkCompression({ values, origins }: ResolvedOptions): void {
  const { compress, hardump, saveStreamFile } = values;
  const { place, source } = origins.get('compress')!;
  if (compress && compress !== 'none') checkRuntime(place, compress);
  for (const file of [...saveStreamFile, hardump]) {
    const ofFile = file && compressionOfPath(file);
    if (ofFile) checkRuntime(file, ofFile);
  }
  if (saveStreamFile.length === 0) return;
  const suitsOne = saveStreamFile.some((spec) => formatOfOutput(spec, values) === 'native');
  // From a config file, it applies only to the outputs that support it.
  if (compress && compress !== 'none' && !suitsOne && source === 'command line') {
    throw new UsageError(
      `${place}: only records of the native format are compressed; a FILE.gz is compressed as a whole`,
      'option-requires',
    );
  }
}

function checkRuntime(place: string, compression: Compression): void {
  try {
    codecOf(compression);
  } catch (error) {
    throw error instanceof CompressionMissingError
      ? new UsageError(`${place}: ${error.message}`, 'option-value')
      : error;
  }
}
