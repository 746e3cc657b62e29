import type { SpoolPolicy } from '../flow/body/spool-policy.js';
import type { Flow } from '../flow/flow.js';
import type { Compression } from './compression/codec.js';
import type { Column } from './export/table/column.js';
import type { DamageLog } from './input/damage.js';
import type { Input } from './input/input.js';
import type { FileInput } from './input/input-file.js';
import type { ReadOptions, ReadSummary } from './input/read-options.js';
import type { Sink } from './output/sinks.js';
import type { WriteQueueOptions } from './output/write-queue.js';
import type { FlowWriter } from './output/writer.js';
import type { Omissions } from './shared/omissions.js';

/** Number of leading bytes that identify the format of a file. */
export const RECOGNISED_BY = 64;

/** A format that flows can be written in. Its writer is loaded on demand. */
export interface OutputFormat {
  /** Name of such a file in messages. */
  readonly title: string;
  /** File name extensions that select the format. */
  readonly endings: readonly string[];
  /** Whether the format is text that can be shown in a terminal. */
  readonly text?: true;
  createWriter(sink: Sink, options: WriterOptions): Promise<FlowWriter>;
  /**
   * Finds the end of the complete part of a file, for appending. Absent if the format does not allow appending.
   * @param file at its beginning
   * @returns undefined if the file has no readable flow and should not be changed
   */
  findEnd?(file: FileInput): Promise<AppendPosition | undefined>;
}

/** A format of capture files, which can be read as well. */
export interface FormatDefinition extends OutputFormat {
  /** Whether a file of this format begins with these bytes. @param beginning at most `RECOGNISED_BY` bytes */
  recognises(beginning: Buffer): boolean;
  /** The reader is loaded on demand. */
  read(job: ReadJob): Promise<ReadSummary>;
}

/** The arguments of a reader. The input is at its beginning. */
export interface ReadJob extends RecordReadJob {
  /** Collects the data that readers of text formats left out of flows; other programs write these formats, too. */
  omissions: Omissions;
}

/** The arguments of readers of binary formats. */
export interface RecordReadJob {
  input: Input;
  options: ReadOptions;
  damage: DamageLog;
  /** A returned promise is awaited before the next flow. */
  onFlow: (flow: Flow) => void | Promise<void>;
}

export interface WriterOptions extends WriteQueueOptions {
  /** The version of tsdump, for formats that name the writing program. */
  version?: string;
  /** Compression of records in the native format. By default, records from a flow file keep theirs. */
  compress?: Compression | 'none' | undefined;
  /** Storage for large bodies during compression. */
  policy?: SpoolPolicy;
  /** The columns of a table (formats `csv` and `tsv`). */
  columns?: readonly Column[] | undefined;
  /** Exported commands connect to the recorded address of the server, even if its name resolves to another one by now. */
  preserveOriginalIp?: boolean | undefined;
  /** Receives each flow that the format cannot represent; it is not written. */
  onLeftOut?: (flow: Flow) => void;
}

/** The position at which flows can be appended to a file. */
export interface AppendPosition {
  /** Bytes after this offset are an incomplete flow. */
  offset: number;
  /** Bytes to write before the first flow. */
  separator?: Buffer;
}
