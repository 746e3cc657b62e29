import { statSync } from 'node:fs';
import type { FifoOptions } from '../serialize/fifo.js';
import type { WriterOptions } from '../serialize/format.js';
import { FORMATS, type FormatName, formatOfPath } from '../serialize/formats.js';
import { hasDirectives } from '../serialize/rotation/strftime.js';
import { OutputError } from '../serialize/sinks.js';
import type { FlowWriter } from '../serialize/writer.js';
import { ExitCode } from './exit-codes.js';
import { ExitError, UsageError } from './exit-error.js';
import { currentPath, outputPath } from './files.js';
import type { Options } from './options/index.js';

/**
 * Where flows are saved. It is opened, and so emptied, only when everything else has been started: a second tsdump,
 * started by mistake, fails at the port and must not have emptied the file that the first one writes.
 */
export interface Output {
  readonly writer: FlowWriter;
  /** @throws ExitError */
  open(): Promise<void>;
  /** Does not wait any longer for a reader that takes nothing; what is lost is reported as an error. */
  abandon(): void;
  /** Absent if it is stdout. */
  readonly file?: FileOutput;
}

/** An output that has a path. */
export interface FileOutput {
  /** The path of the file that is being written, which may change. */
  path(): string;
  readonly format: FormatName;
  /** Whether flows go behind what is there. */
  readonly append: boolean;
  /** Opens it again if it has been moved. */
  reopen(): void;
}

export interface OutputHandlers extends WriterOptions, FifoOptions {
  onWarning: (message: string) => void;
  /** Asked before a file is opened. @throws UsageError if it must not be written */
  checkPath: (path: string) => void;
}

export type OutputOptions = Pick<Options, 'format' | 'fsync'> &
  Partial<Pick<Options, 'rotateFlows' | 'rotateInterval' | 'rotateKeep' | 'rotateSize'>>;

/**
 * @param spec `PATH`, `+PATH` to append, `-` for stdout; a path may have directives of strftime
 * @throws UsageError if it cannot be rotated as it should be
 */
export async function makeOutput(spec: string, options: OutputOptions, handlers: OutputHandlers): Promise<Output> {
  checkRotation(spec, options);
  const format = options.format ?? formatOfPath(spec);
  if (spec === '-') {
    const { StdoutSink } = await import('../serialize/stdout-sink.js');
    const sink = new StdoutSink();
    const writer = await FORMATS[format].createWriter(sink, handlers);
    return { writer, open: async () => {}, abandon: () => sink.abandon() };
  }
  const { RotatingWriter } = await import('../serialize/rotation/rotating-writer.js');
  const { fsync, rotateFlows, rotateInterval, rotateKeep, rotateSize } = options;
  const path = outputPath(spec);
  const append = path !== spec;
  const writer = new RotatingWriter(path, {
    ...handlers,
    format,
    fsync,
    append,
    rules: {
      flows: rotateFlows,
      size: rotateSize,
      interval: rotateInterval && rotateInterval * 1000,
      keep: rotateKeep,
    },
  });
  const file = { path: () => writer.path, format, append, reopen: () => writer.reopen() };
  return { writer, open: () => writer.open().catch(refuseOutput), abandon: () => writer.abandon(), file };
}

function checkRotation(spec: string, options: OutputOptions): void {
  const { rotateFlows, rotateInterval, rotateKeep, rotateSize } = options;
  const rules = { rotate_size: rotateSize, rotate_flows: rotateFlows, rotate_interval: rotateInterval };
  const given = Object.entries(rules).find(([, value]) => value !== undefined)?.[0];
  const asked = given ?? (rotateKeep === undefined ? undefined : 'rotate_keep');
  if (!asked) return;
  if (spec === '-') throw new UsageError(`${asked}: stdout (-w -) cannot be rotated`);
  if (!given && !hasDirectives(outputPath(spec))) {
    throw new UsageError(
      'rotate_keep: nothing makes more than one file; there has to be another rotate_… or a % in -w',
    );
  }
  const path = currentPath(spec);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) {
    throw new UsageError(`${asked}: ${path} is no regular file and cannot be rotated`);
  }
}

/** An output that cannot be written ends the program. @throws ExitError */
export function refuseOutput(error: unknown): never {
  throw error instanceof OutputError ? new ExitError(ExitCode.output, error.message) : error;
}
