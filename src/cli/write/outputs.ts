import type { SpoolPolicy } from '../../flow/body/spool-policy.js';
import type { Log } from '../../flow/log.js';
import { plural } from '../../flow/text/plural.js';
import type { WriterOptions } from '../../serialize/format.js';
import { OutputError } from '../../serialize/output/sinks.js';
import { openTerminal, type Terminal } from '../../terminal/terminal.js';
import type { Options } from '../options/table/index.js';
import { ExitCode } from '../process/exit-codes.js';
import { UsageError } from '../process/exit-error.js';
import type { Shutdown } from '../process/shutdown.js';
import { packageVersion } from '../version.js';
import { makeOutput, type Output, type OutputHandlers, type OutputOptions } from './output.js';
import { formatOfOutput } from './output-format.js';
import { outputPath } from './output-path.js';
import { rotationRules } from './rotation.js';
import { isSameOutput, refuseSameFile } from './same-file.js';

export interface OutputParts {
  options: Options;
  shutdown: Shutdown;
  /** Paths of the inputs, which must not be written to. */
  inputs: readonly string[];
  /** Whether flows come from the network: then a reader that leaves has not got enough, but misses something. */
  live: boolean;
}

/** Makes where flows are saved, and decides what becomes of the program when one of them fails. */
export class Outputs {
  /** The outputs of `save_stream_file`. */
  captures: readonly Output[] = [];
  /** These, and that of `hardump`. */
  readonly all: Output[] = [];
  /** How many flows each output could not hold. */
  private readonly leftOut = new Map<string, number>();
  /** Aborted when the program is to end. */
  private readonly stopped = new AbortController();

  constructor(
    private readonly parts: OutputParts,
    private readonly log: Log,
  ) {
    void parts.shutdown.requested.then(() => this.stopped.abort());
  }

  /** stdout for the display: when its reader goes, and a file records, only the display ends. */
  stdout(): Promise<Terminal> {
    return openTerminal(process.stdout, this.parts.options.color, {
      onClosed: () => {
        // What is recorded in a file does not need a display.
        if (this.all.length === 0) this.readerGone();
      },
      onError: (error) => this.failed(new OutputError('stdout', error).message),
    });
  }

  /** Makes them; they are opened later. @throws UsageError if they cannot be rotated as they should be */
  async make(policy: SpoolPolicy): Promise<void> {
    const { options } = this.parts;
    const { compress, fsync, hardump, saveStreamFile } = options;
    const rules = rotationRules(options);
    for (const spec of saveStreamFile) {
      const format = formatOfOutput(spec, options);
      await this.add(spec, { format, fsync, rules: rules.get(spec)! }, { compress, policy });
    }
    this.captures = [...this.all];
    if (hardump) await this.add(hardump, { format: 'har', fsync, rules: {} }, {});
  }

  private async add(
    spec: string,
    options: OutputOptions,
    coding: Pick<WriterOptions, 'compress' | 'policy'>,
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

  /** @throws UsageError if a file is read, or written by another output, which names of strftime can make it any time */
  private checkPath(path: string, output: Output): void {
    for (const input of this.parts.inputs) refuseSameFile(input, path);
    for (const { file } of this.all) {
      if (!file || file === output.file || !isSameOutput(path, file.path())) continue;
      throw new UsageError(`${path} is already written as another output`);
    }
  }

  /**
   * Completes and closes all of them, at the same time, so that none waits for the reader of another. What goes wrong is
   * logged and shows in the exit code.
   */
  async close(): Promise<void> {
    const closing = this.all.map(({ writer }) =>
      writer.close().catch((error) => this.failed(error instanceof Error ? error.message : String(error))),
    );
    await Promise.all(closing);
    this.tellLeftOut();
  }

  /** A file that has less than was seen has to say so. */
  private tellLeftOut(): void {
    for (const [name, count] of this.leftOut) {
      this.log.warn(`${name} omits ${plural(count, 'flow')} of types that its format does not support.`);
    }
  }

  /** When a capture is read, the reader of stdout has got enough, but files are written to their ends. A recording is broken. */
  private readerGone(): void {
    if (this.parts.live) this.failed('stdout was closed by its reader.');
    else if (this.all.every(({ file }) => !file)) this.parts.shutdown.request();
  }

  private failed(message: string): void {
    this.log.error(message);
    this.parts.shutdown.request(ExitCode.output);
  }
}

/** Whether flows are written to `-`, stdout, or to this very path. */
export function writesFlowsTo(
  path: string,
  { saveStreamFile, hardump }: Pick<Options, 'saveStreamFile' | 'hardump'>,
): boolean {
  return saveStreamFile.includes(path) || hardump === path;
}
