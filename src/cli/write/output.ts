import type { WriterOptions } from '../../serialize/format.js';
import { OUTPUT_FORMATS, type OutputFormatName } from '../../serialize/formats.js';
import type { FifoOptions } from '../../serialize/output/fifo.js';
import type { RotationRules } from '../../serialize/output/rotation/rotating-writer.js';
import { OutputError } from '../../serialize/output/sinks.js';
import { StdoutSink } from '../../serialize/output/stream-sink.js';
import type { FlowWriter } from '../../serialize/output/writer.js';
import type { Options } from '../options/table/index.js';
import { ExitError } from '../process/exit-error.js';
import { outputPath } from './output-format.js';

/**
 * An output for flows. It is opened after all other parts have started, because opening truncates it: a second tsdump, started
 * by mistake, must fail on the port before it truncates the file of the first one.
 */
export interface Output {
  readonly writer: FlowWriter;
  /** @throws ExitError */
  open(): Promise<void>;
  /** Stops waiting for a stalled reader. Lost flows are reported as an error. */
  abandon(): void;
  /** Undefined for stdout. */
  readonly file?: FileOutput;
}

/** An output that has a path. */
export interface FileOutput {
  /** The path of the current file; rotation may change it. */
  path(): string;
  readonly format: OutputFormatName;
  /** Whether flows are appended to existing content. */
  readonly append: boolean;
  /** Opens the file again if it was moved or deleted. */
  reopen(): void;
}

export interface OutputHandlers extends WriterOptions, FifoOptions {
  onWarning: (message: string) => void;
  /** Called before a file is opened. @throws UsageError if the file must not be written */
  checkPath: (path: string) => void;
}

/** The settings of one output. */
export interface OutputOptions extends Pick<Options, 'fsync'> {
  format: OutputFormatName;
  rules: RotationRules;
}

/** @param spec `PATH`, `+PATH` to append, `-` for stdout; a path may have strftime directives */
export async function makeOutput(spec: string, options: OutputOptions, handlers: OutputHandlers): Promise<Output> {
  const { format } = options;
  if (spec === '-') {
    const sink = new StdoutSink();
    const writer = await OUTPUT_FORMATS[format].createWriter(sink, handlers);
    return { writer, open: async () => {}, abandon: () => sink.abandon() };
  }
  const { RotatingWriter } = await import('../../serialize/output/rotation/rotating-writer.js');
  const path = outputPath(spec);
  const append = path !== spec;
  const writer = new RotatingWriter(path, { ...handlers, ...options, append });
  const file = { path: () => writer.path, format, append, reopen: () => writer.reopen() };
  return { writer, open: () => writer.open().catch(refuseOutput), abandon: () => writer.abandon(), file };
}

/** An output that cannot be written ends the program. @throws ExitError */
export function refuseOutput(error: unknown): never {
  throw error instanceof OutputError ? new ExitError('output-failed', error.message) : error;
}
