import { systemErrorName, systemErrorText } from '../../flow/system-error.js';

/** An output of bytes. One write is in flight at a time. */
export interface Sink {
  /** The path, or `stdout`; used in messages. */
  readonly name: string;
  /** Bytes in the output, including earlier content. */
  readonly size: number;
  /** Writes all chunks in order, then calls back. */
  write(chunks: readonly Buffer[], done: (error?: Error | null) => void): void;
  /** Called when all data so far consists of complete flows. These are written for good when it calls back. */
  settle?(done: (error?: Error | null) => void): void;
  /** Whether the next data may be written before `settle` has called back. */
  readonly settlesLater?: true;
  /** Milliseconds between two writes under light load, if other than usual. */
  readonly pace?: number;
  /** Truncates the output to this many bytes. */
  cut?(size: number): Promise<void>;
  close(): Promise<void>;
}

/** The error of a sink whose destination has changed: the data since the last successful `settle` has to be written again. */
export class RewriteError extends Error {
  override name = 'RewriteError';
}

/** An output that cannot be opened or written. */
export class OutputError extends Error {
  override name = 'OutputError';
  /** The system's error code, such as `ENOSPC` or `EPIPE`; undefined for other errors. */
  readonly code: string | undefined;

  constructor(
    readonly path: string,
    cause: unknown,
  ) {
    super(`Cannot write ${path}: ${systemErrorText(cause)}`, { cause });
    this.code = cause instanceof Error ? systemErrorName(cause) : undefined;
  }
}
