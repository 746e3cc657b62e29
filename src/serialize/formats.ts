import { withoutCompression } from './compression/codec.js';
import { EXPORT_FORMATS } from './export/formats.js';
import type { FormatDefinition, OutputFormat } from './format.js';

/** The formats of captures. Unrecognised files are read as damaged native files. */
export const FORMATS = {
  native: {
    title: 'a tsdump flow file',
    endings: ['.bin', '.tsf'],
    recognises: (beginning) => beginning.subarray(0, 4).equals(Buffer.from('TSF1', 'latin1')),
    read: async (job) => new (await import('./native/record/record-reader.js')).RecordReader(job).run(),
    createWriter: async (sink, options) => new (await import('./native/native-writer.js')).NativeWriter(sink, options),
    findEnd: async (file) => (await import('./native/record/find-end.js')).findRecordsEnd(file),
  },
  mitmproxy: {
    title: 'a mitmproxy flow file',
    endings: ['.mitm', '.mitmproxy'],
    recognises: beginsLikeMitmproxy,
    read: async (job) => new (await import('./mitmproxy/record/flow-reader.js')).FlowReader(job).run(),
    createWriter: async (sink, options) =>
      (await import('./mitmproxy/flow-encoder.js')).createMitmproxyWriter(sink, options),
    findEnd: async (file) => (await import('./mitmproxy/record/find-end.js')).findFlowsEnd(file),
  },
  har: {
    title: 'a HAR file',
    text: true,
    endings: ['.har'],
    recognises: (beginning) => /^(?:\xef\xbb\xbf)?\s*\{\s*"log"\s*:/.test(beginning.toString('latin1')),
    read: async (job) => new (await import('./har/har-reader.js')).HarReader(job).run(),
    createWriter: async (sink, options) => (await import('./har/har-encoder.js')).createHarWriter(sink, options),
  },
  jsonl: {
    title: 'JSON Lines',
    text: true,
    endings: ['.jsonl', '.ndjson'],
    recognises: (beginning) => /^(?:\xef\xbb\xbf)?\s*\{/.test(beginning.toString('latin1')),
    read: async (job) => new (await import('./jsonl/line-reader.js')).LineReader(job).run(),
    createWriter: async (sink, options) => (await import('./jsonl/line-encoder.js')).createLineWriter(sink, options),
    findEnd: async (file) => (await import('./jsonl/find-end.js')).findLinesEnd(file),
  },
} as const satisfies Record<string, FormatDefinition>;

export type FormatName = keyof typeof FORMATS;
export type OutputFormatName = FormatName | keyof typeof EXPORT_FORMATS;

/** The formats by the names of the option `format`: those of captures, and those that are only written. */
export const OUTPUT_FORMATS: Readonly<Record<OutputFormatName, OutputFormat>> = { ...FORMATS, ...EXPORT_FORMATS };

/** The format that a file name's extension selects, before the extension of a compression; undefined if unknown. */
export function formatOfEnding(path: string): OutputFormatName | undefined {
  const lower = withoutCompression(path).toLowerCase();
  for (const [name, { endings }] of Object.entries(OUTPUT_FORMATS)) {
    if (endings.some((ending) => lower.endsWith(ending))) return name as OutputFormatName;
  }
  return undefined;
}

/** The format of a file that begins with these bytes; native if not recognised. */
export function formatOfContent(beginning: Buffer): FormatDefinition {
  return recogniseFormat(beginning) ?? FORMATS.native;
}

/**
 * The format of a file that begins with these bytes; undefined if not recognised.
 * @param beginning at most `RECOGNISED_BY` bytes
 */
export function recogniseFormat(beginning: Buffer): FormatDefinition | undefined {
  return Object.values<FormatDefinition>(FORMATS).find((format) => format.recognises(beginning));
}

/**
 * Whether a file begins with two lengths and a key, as mitmproxy's do. It may be truncated. If it is damaged in one place, the
 * length of a value must follow.
 */
function beginsLikeMitmproxy(beginning: Buffer): boolean {
  const text = beginning.toString('latin1');
  if (/^\d{1,12}:(?:$|\d{1,2}(?:$|:(?:$|[a-z_]+(?:$|[;,]))))/.test(text)) return true;
  if (/^\d{1,12}:\d{1,2}:[\s\S]{1,40}?[;,]\d{1,12}:/.test(text)) return true;
  return /^[\s\S]{0,16}(?:\d[\s\S]|[\s\S]:)(?:version|websocket|messages|response)[;,]\d{1,12}:/.test(text);
}
