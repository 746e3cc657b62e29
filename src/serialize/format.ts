import type { SpoolPolicy } from '../flow/body/spool-policy.js';
import type { Flow } from '../flow/flow.js';
import type { Compression } from './compression/codec.js';
import type { DamageLog } from './input/damage.js';
import type { Input } from './input/input.js';
import type { FileInput } from './input/input-file.js';
import type { ReadOptions, ReadSummary } from './input/read-options.js';
import type { Sink } from './output/sinks.js';
import type { WriteQueueOptions } from './output/write-queue.js';
import type { FlowWriter } from './output/writer.js';
import type { Omissions } from './shared/omissions.js';

/** Bytes at the beginning of a file by which its format is told. */
export const RECOGNISED_BY = 64;

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

/** What is handed to a reader: the input stands at its beginning. */
export interface ReadJob extends RecordReadJob {
  /** Where readers of text formats, which others write, too, note what they left out of a flow. */
  omissions: Omissions;
}

/** What the readers of binary formats need. */
export interface RecordReadJob {
  input: Input;
  options: ReadOptions;
  damage: DamageLog;
  /** A promise that it returns is awaited before the next flow. */
  onFlow: (flow: Flow) => void | Promise<void>;
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

/** Where flows can be appended to a file. */
export interface WholeEnd {
  /** What stands behind this offset is torn. */
  offset: number;
  /** What has to be written first. */
  separator?: Buffer;
}
