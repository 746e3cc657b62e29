import type { WriteStream } from 'node:tty';
import type { SpoolPolicy } from '../../flow/body/spool-policy.js';
import type { Log } from '../../flow/log.js';
import { plural } from '../../flow/text/plural.js';
import type { WriterOptions } from '../../serialize/format.js';
import { OutputError } from '../../serialize/output/sinks.js';
import { openTerminal, type Terminal } from '../../terminal/terminal.js';
import type { Options } from '../options/table/index.js';
import { withCode } from '../process/error-codes.js';
import { ExitCode } from '../process/exit-codes.js';
import { UsageError } from '../process/exit-error.js';
import type { Shutdown } from '../process/shutdown.js';
import { packageVersion } from '../version.js';
import { columnsOf } from './columns.js';
import { makeOutput, type Output, type OutputHandlers, type OutputOptions } from './output.js';
import { formatOfOutput, outputPath } from './output-format.js';
import { rotationRules } from './rotation.js';
import { isSameOutput, refuseSameFile } from './same-file.js';

export interface OutputParts {
  options: Options;
  shutdown: Shutdown;
  /** Paths of the inputs, which must not be written to. */
  inputs: readonly string[];
  /** Whether flows come from the network. Then a reader that closes its pipe loses flows, which is an error. */
  live: boolean;
}

/** Creates the outputs, and decides how the program reacts when one of them fails. */
export class Outputs {
  /** The outputs of `save_stream_file`. */
  captures: readonly Output[] = [];
  /** The outputs of `save_stream_file` and `hardump`. */
  readonly all: Output[] = [];
  /** Number of flows for each output that its format does not support. */
  private readonly leftOut = new Map<string, number>();
  /** Aborted when the program should end. */
  private readonly stopped = new AbortController();

  constructor(
    private readonly parts: OutputParts,
    private readonly log: Log,
  ) {
    void parts.shutdown.requested.then(() => this.stopped.abort());
  }

  /** stdout for the display. If its reader closes the pipe while a file is recorded, the display ends, but not the program. */
  stdout(stream: WriteStream = process.stdout): Promise<Terminal> {
    return openTerminal(stream, this.parts.options.color, {
      onClosed: () => {
        // Outputs continue without the display.
        if (this.all.length === 0) this.readerGone();
      },
      onError: (error) => this.failed(new OutputError('stdout', error).message),
    });
  }

  /** Creates the outputs, which are opened later. @throws UsageError if the rotation options do not fit them */
  async make(policy: SpoolPolicy): Promise<void> {
    const { options } = this.parts;
    const { compress, fsync, hardump, saveStreamFile } = options;
    const rules = rotationRules(options);
    for (const spec of saveStreamFile) {
      const format = formatOfOutput(spec, options);
      const columns = await columnsOf(spec, options);
      const coding = { compress, policy, columns, preserveOriginalIp: options.exportPreserveOriginalIp };
      await this.add(spec, { format, fsync, rules: rules.get(spec)! }, coding);
    }
    this.captures = [...this.all];
    if (hardump) await this.add(hardump, { format: 'har', fsync, rules: {} }, {});
  }

  private async add(
    spec: string,
    options: OutputOptions,
    coding: Pick<WriterOptions, 'compress' | 'policy' | 'columns' | 'preserveOriginalIp'>,
  ): Promise<void> {
    const handlers: OutputHandlers = { ...this.handlers(spec, (path) => this.checkPath(path, output)), ...coding };
    const output: Output = await makeOutput(spec, options, handlers);
    this.all.push(output);
  }

  private handlers(spec: string, checkPath: (path: string) => void): OutputHandlers {
    const name = spec === '-' ? 'stdout' : outputPath(spec);
    return {
      onError: (error: OutputError) =>
        spec === '-' && error.code === 'EPIPE' ? this.readerGone() : this.failed(error.message),
      onWaiting: (path) => this.log.warn(`${path} has no reader yet${this.parts.live ? '; clients wait for it' : ''}.`),
      signal: this.stopped.signal,
      onBehind: () => this.log.warn(`${name} is written more slowly than flows arrive; reading is paused.`),
      onWarning: (message) => this.log.warn(message),
      onLeftOut: () => this.leftOut.set(name, (this.leftOut.get(name) ?? 0) + 1),
      version: packageVersion(),
      checkPath,
    };
  }

  /** @throws UsageError if the file is an input or another output. With strftime directives, this can happen at any time. */
  private checkPath(path: string, output: Output): void {
    for (const input of this.parts.inputs) refuseSameFile(input, path);
    for (const { file } of this.all) {
      if (!file || file === output.file || !isSameOutput(path, file.path())) continue;
      throw new UsageError(`${path} is already written as another output`, 'same-file');
    }
  }

  /** Opens and truncates all outputs; returns early on shutdown. @throws ExitError */
  async open(): Promise<void> {
    for (const output of this.all) {
      await output.open().catch((error) => {
        if (!this.parts.shutdown.isRequested) throw error;
      });
    }
  }

  /**
   * Completes and closes all outputs concurrently, so that a stalled reader of one does not delay the others. Failures are
   * logged and set the exit code.
   */
  async close(): Promise<void> {
    const closing = this.all.map(({ writer }) =>
      writer.close().catch((error) => this.failed(error instanceof Error ? error.message : String(error))),
    );
    await Promise.all(closing);
    this.warnOmitted();
  }

  /** Warns about outputs that lack flows. */
  private warnOmitted(): void {
    for (const [name, count] of this.leftOut) {
      this.log.warn(`${name} omits ${plural(count, 'flow')} of types that its format does not support.`);
    }
  }

  /**
   * Handles a reader of stdout that has closed the pipe. For a recording this is an error. With captures, the reader needs no
   * more data: reading ends unless flows are written to a file.
   */
  private readerGone(): void {
    if (this.parts.live) this.failed('stdout was closed by its reader.');
    else if (this.all.every(({ file }) => !file)) this.parts.shutdown.request();
  }

  private failed(message: string): void {
    this.log.error(withCode(message, 'output-failed'));
    this.parts.shutdown.request(ExitCode.output);
  }
}

/** Whether flows are written to this path, or to stdout (`-`). */
export function writesFlowsTo(
  path: string,
  { saveStreamFile, hardump }: Pick<Options, 'saveStreamFile' | 'hardump'>,
): boolean {
  return saveStreamFile.includes(path) || hardump === path;
}
