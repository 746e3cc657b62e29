import { formatOfEnding, type OutputFormatName } from '../../serialize/formats.js';
import { strftime } from '../../serialize/output/rotation/strftime.js';
import type { Options } from '../options/table/index.js';

/**
 * The format of an output of `save_stream_file`: `format`, or else the format of the extension, or else native. With several
 * outputs, `format` applies to those without an extension of a format.
 */
export function formatOfOutput(
  spec: string,
  { format, saveStreamFile }: Pick<Options, 'format' | 'saveStreamFile'>,
): OutputFormatName {
  const byEnding = formatOfEnding(spec);
  return (saveStreamFile.length > 1 ? (byEnding ?? format) : (format ?? byEnding)) ?? 'native';
}

/** Extensions in lower case that users associate with a format, although tsdump does not select one by them. */
const OTHER_CONTENT: readonly (readonly [endings: RegExp, content: string, advice: string])[] = [
  [/\.(json|js)$/, 'JSON', '.jsonl (--format jsonl) is JSON Lines, .har a HAR'],
  [/\.(zhar|zip|bz2|xz|br|lz4|7z|tgz|tar)$/, 'compressed', 'FILE.gz and FILE.zst are compressed as a whole'],
  [/\.(pcap|pcapng|cap)$/, 'packets', 'tsdump -nr reads it'],
  [/\.sh$/, 'a shell script', '--format curl writes commands'],
  [/\.(txt|log|md|html?|xml|ya?ml)$/, 'text', '.jsonl (--format jsonl) is JSON Lines, and the display goes to stdout'],
];

/** A warning for each output that is written in the native format although its extension suggests another format. */
export function formatHints(options: Pick<Options, 'format' | 'saveStreamFile'>): string[] {
  if (options.format) return [];
  return options.saveStreamFile.flatMap((spec) => {
    if (formatOfEnding(spec)) return [];
    const lower = spec.toLowerCase();
    const found = OTHER_CONTENT.find(([endings]) => endings.test(lower));
    return found ? `${outputPath(spec)} is written in the native format and is not ${found[1]}; ${found[2]}.` : [];
  });
}

/** The path in `PATH` or `+PATH`, with its strftime directives. */
export function outputPath(spec: string): string {
  return spec.replace(/^\+(?=.)/, '');
}

/** The current file of `PATH` or `+PATH`, with strftime directives expanded. */
export function currentPath(spec: string): string {
  return strftime(outputPath(spec), new Date());
}
