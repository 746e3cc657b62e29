import { type FormatName, formatOfEnding } from '../serialize/formats.js';
import type { Options } from './options/index.js';

/**
 * The format in which an output of `save_stream_file` is written: `format`, else as its ending says, else native. Of
 * several outputs `format` is for those whose ending says nothing.
 */
export function formatOfOutput(
  spec: string,
  { format, saveStreamFile }: Pick<Options, 'format' | 'saveStreamFile'>,
): FormatName {
  const byEnding = formatOfEnding(spec);
  return (saveStreamFile.length > 1 ? (byEnding ?? format) : (format ?? byEnding)) ?? 'native';
}
