import type { Flow } from '../flow/flow.js';
import type { SpoolPolicy } from '../flow/spool.js';
import type { Compression } from './compression/codec.js';
import { withoutCompression } from './compression/endings.js';
import type { DamageLog } from './damage.js';
import type { Input } from './input.js';
import type { FileInput } from './input-file.js';
import { beginsLikeMitmproxy } from './mitmproxy/beginning.js';
import type { ReadOptions, ReadSummary } from './read-options.js';
import type { Sink } from './sinks.js';
import type { WriteQueueOptions } from './write-queue.js';
import type { FlowWriter } from './writer.js';

/** What is handed to a reader: the input stands at its beginning. */
export interface ReadJob {
  input: Input;
  options: ReadOptions;
  damage: DamageLog;
  /** A promise that it returns is awaited before the next flow. */
  onFlow: (flow: Flow) => void | Promise<void>;
}

/** A format of capture files. What reads and writes it is loaded when it is needed. */
export interface FormatDefinition {
  /** As messages name such a file. */
  readonly title: string;
  /** Endings of file names that ask for it. */
  readonly endings: readonly string[];
  /** Whether it is text that can be shown in a terminal. */
  readonly text?: true;
  /** Whether a file begins like one of this format. @param beginning at most `RECOGNISED_BY` bytes */
  recognises(beginning: Buffer): boolean;
  read(job: ReadJob): Promise<ReadSummary>;
  createWriter(sink: Sink, options: WriterOptions): Promise<FlowWriter>;
  /**
   * Finds the end of what is whole in a file that is to be appended to. Absent if nothing can follow in such a file.
   * @param file stands at its beginning
   * @returns undefined if there is nothing that can be read, so that the file is better left alone
   */
  findEnd?(file: FileInput): Promise<WholeEnd | undefined>;
}

/** Where flows can be appended to a file. */
export interface WholeEnd {
  /** What stands behind this offset is torn. */
  offset: number;
  /** What has to be written first. */
  separator?: Buffer;
}

export interface WriterOptions extends WriteQueueOptions {
  /** The version of tsdump, for formats that name the program that wrote a file. */
  version?: string;
  /** How records of the native format are compressed. By default those that come from a flow file stay as they are. */
  compress?: Compression | 'none' | undefined;
  /** Where large bodies are kept while they are compressed. */
  policy?: SpoolPolicy;
  /** Told of each flow that the format cannot hold; it is not written. */
  onLeftOut?: (flow: Flow) => void;
}

/** So much of a file is looked at to tell its format. */
export const RECOGNISED_BY = 64;

/** The formats, by the names of the option `format`. What none of them recognises is taken for a damaged native file. */
export const FORMATS = {
  native: {
    title: 'a tsdump flow file',
    endings: ['.bin', '.tsf'],
    recognises: (beginning) => beginning.subarray(0, 4).equals(Buffer.from('TSF1', 'latin1')),
    read: async (job) => new (await import('./native/record-reader.js')).RecordReader(job).run(),
    createWriter: async (sink, options) => new (await import('./native/native-writer.js')).NativeWriter(sink, options),
    findEnd: async (file) => (await import('./native/find-end.js')).findRecordsEnd(file),
  },
  mitmproxy: {
    title: 'a flow file of mitmproxy',
    endings: ['.mitm', '.mitmproxy'],
    recognises: beginsLikeMitmproxy,
    read: async (job) => new (await import('./mitmproxy/flow-reader.js')).FlowReader(job).run(),
    createWriter: async (sink, options) =>
      (await import('./mitmproxy/flow-encoder.js')).createMitmproxyWriter(sink, options),
    findEnd: async (file) => (await import('./mitmproxy/find-end.js')).findFlowsEnd(file),
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

export function isTextFormat(name: FormatName): boolean {
  const format: FormatDefinition = FORMATS[name];
  return format.text === true;
}

/** The format in which a file of this name is written: by its ending, in front of that of a compression; else native. */
export function formatOfPath(path: string): FormatName {
  const lower = withoutCompression(path).toLowerCase();
  for (const [name, { endings }] of Object.entries(FORMATS)) {
    if (endings.some((ending) => lower.endsWith(ending))) return name as FormatName;
  }
  return 'native';
}

/** The format of a file that begins like this; native if it is none. */
export function formatOfContent(beginning: Buffer): FormatDefinition {
  return recogniseFormat(beginning) ?? FORMATS.native;
}

export function recogniseFormat(beginning: Buffer): FormatDefinition | undefined {
  return Object.values<FormatDefinition>(FORMATS).find((format) => format.recognises(beginning));
}
