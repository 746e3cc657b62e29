import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { releaseFlow } from '../../flow/flow.js';
import { plural } from '../../flow/text/plural.js';
import type { AnswerFiles } from '../../replay/server/answers/answer-files.js';
import { findNoise } from '../../replay/server/cassette/find-noise.js';
import { CassetteRecorder } from '../../replay/server/cassette/recorder.js';
import { compressionOfPath } from '../../serialize/compression/codec.js';
import { compressionOfContent } from '../../serialize/compression/recognise.js';
import { openFlowFile } from '../../serialize/flow-file.js';
import { RECOGNISED_BY } from '../../serialize/format.js';
import { FORMATS, type FormatName, formatOfEnding, recogniseFormat } from '../../serialize/formats.js';
import { isCapture } from '../../serialize/input/is-capture.js';
import { OutputError } from '../../serialize/output/sinks.js';
import { syncFolder } from '../../serialize/output/sync-folder.js';
import type { Options } from '../options/table/index.js';
import { withCode } from '../process/error-codes.js';
import { ExitCode } from '../process/exit-codes.js';
import { UsageError } from '../process/exit-error.js';
import type { Shutdown } from '../process/shutdown.js';
import type { ServerReplayParts } from '../session/session-parts.js';
import { packageVersion } from '../version.js';
import { checkFolderOf } from '../write/writable-folder.js';
import { replaceFile } from './replace-file.js';

/** The cassette: the first capture of `server_replay`, to which new answers are added (`server_replay_mode`). */
export class Cassette {
  private recorder: CassetteRecorder | undefined;
  private files: AnswerFiles | undefined;
  private session: ServerReplayParts | undefined;

  private constructor(
    private readonly path: string,
    private readonly format: FormatName,
    readonly isMissing: boolean,
    /** Whether all answers are recorded again. */
    readonly replacesAll: boolean,
    private readonly options: Options,
  ) {}

  /** @returns undefined if nothing has to be recorded @throws UsageError, ExitError */
  static async of(options: Options, live: boolean): Promise<Cassette | undefined> {
    const { serverReplayMode: mode, serverReplay, offline } = options;
    if (mode === 'none') return undefined;
    const path = serverReplay[0];
    if (path === undefined || path === '-')
      throw new UsageError(`server_replay_mode=${mode} needs a file: -S FILE`, 'option-requires');
    const isMissing = !existsSync(path);
    if (mode === 'once' && !isMissing) return undefined;
    if (!live)
      throw new UsageError(`server_replay_mode=${mode} needs a proxy; it has no effect with -n`, 'option-conflict');
    if (offline)
      throw new UsageError(
        `server_replay_mode=${mode} sends requests to servers, which --offline forbids`,
        'option-conflict',
      );
    if (isMissing) checkFolderOf(path);
    return new Cassette(path, await formatOf(path, isMissing), isMissing, mode === 'all', options);
  }

  /** @param files receives the new answers at the end */
  open(files: AnswerFiles, session: ServerReplayParts): CassetteRecorder {
    this.files = files;
    this.session = session;
    this.recorder = new CassetteRecorder(session.spool, (message) => session.log.warn(message));
    return this.recorder;
  }

  /**
   * Writes the new answers if the run succeeded. A write error is logged and sets the exit code.
   * @param exitCodeSoFar of the run; a new answer that cannot be stored sets it
   */
  async finish(shutdown: Shutdown, exitCodeSoFar: () => number): Promise<void> {
    const { recorder, files } = this;
    const { log } = this.session!;
    const spooled = await recorder!.take();
    const exitCode = exitCodeSoFar();
    const { failed } = recorder!;
    if (failed > 0) log.warn(`${plural(failed, 'exchange')} failed and ${failed === 1 ? 'is' : 'are'} not recorded.`);
    if (!spooled) {
      if (this.replacesAll && !this.isMissing) log.warn(`${this.path} was kept, because nothing was recorded.`);
      return;
    }
    if (exitCode !== ExitCode.done) {
      spooled.close();
      log.warn(`${this.path} was not written, because the run failed (exit code ${exitCode}).`);
      return;
    }
    const from = files!.index.size;
    try {
      await files!.addSpooled(spooled);
      const written = await this.write(from);
      log.info(`${plural(written, 'new answer')} written to ${this.path}.`);
      await this.reportNoise(from);
    } catch (error) {
      if (!(error instanceof OutputError)) throw error;
      log.error(withCode(error.message, 'output-failed'));
      shutdown.note(ExitCode.output);
    }
  }

  /** Adds the answers to the file, or writes a new one. @returns their number @throws OutputError */
  private async write(from: number): Promise<number> {
    const { path, replacesAll } = this;
    if (!replacesAll && from === this.files!.index.size) return 0;
    let written = 0;
    const target = await replaceFile(path, !replacesAll, async (other) => {
      written = await this.writeTo(other, from);
    });
    if (this.options.fsync) {
      await syncFolder(target).catch((error) => {
        throw new OutputError(target, error);
      });
    }
    return written;
  }

  /** Appends the answers to a file. @returns their number @throws OutputError */
  private async writeTo(target: string, from: number): Promise<number> {
    const { format, options } = this;
    let failure: OutputError | undefined;
    const { writer } = await openFlowFile(target, {
      format,
      append: true,
      fsync: options.fsync,
      version: packageVersion(),
      onWarning: (message) => this.session!.log.warn(message),
      onError: (error) => {
        failure = error;
      },
    });
    let written = 0;
    for (let entry = from; entry < this.files!.index.size; entry++) {
      const flow = this.files!.read(entry);
      if (!flow) continue;
      await writer.write(flow);
      releaseFlow(flow);
      written++;
    }
    await writer.close();
    if (failure) throw failure;
    return written;
  }

  /** Warns about noise, because of which the cassette would grow with each run. */
  private async reportNoise(from: number): Promise<void> {
    for (const { request, rules, count } of await findNoise(this.files!, this.files!.keys, from)) {
      const what = `${plural(count, 'new request')} (such as ${request}) ${count === 1 ? 'differs' : 'differ'} from another`;
      const ignore = rules.map((rule) => `--ignore '${rule.replaceAll("'", `'\\''`)}'`).join(' ');
      this.session!.log.warn(`${what} only in what changes with each run; to treat them alike: ${ignore}`);
    }
  }
}

/** @throws UsageError if the file is no capture, or of a format that cannot be appended to */
async function formatOf(path: string, isMissing: boolean): Promise<FormatName> {
  const format = isMissing ? ofEnding(path) : formatOfFile(path);
  if (format === undefined || format === 'har' || compressionOfPath(path)) {
    throw new UsageError(
      `-S ${path}: only a tsdump flow file, JSON Lines or a mitmproxy flow file that is not compressed can be added to (server_replay_mode)`,
      'option-value',
    );
  }
  // Most JSON files are no JSON Lines with flows.
  if (!isMissing && statSync(path).size > 0 && !(await isCapture(path)))
    throw new UsageError(
      `-S ${path}: this is no capture, and is not replaced by one (server_replay_mode)`,
      'option-value',
    );
  return format;
}

/** @returns undefined for a format that cannot be read */
function ofEnding(path: string): FormatName | undefined {
  const format = formatOfEnding(path) ?? 'native';
  return Object.hasOwn(FORMATS, format) ? (format as FormatName) : undefined;
}

/** @returns undefined if the file is compressed or its format is unknown */
function formatOfFile(path: string): FormatName | undefined {
  if (!statSync(path).isFile()) return undefined;
  const beginning = Buffer.alloc(RECOGNISED_BY);
  const descriptor = openSync(path, 'r');
  const length = readSync(descriptor, beginning, 0, RECOGNISED_BY, 0);
  closeSync(descriptor);
  if (length === 0) return ofEnding(path);
  const bytes = beginning.subarray(0, length);
  const found = compressionOfContent(bytes) ? undefined : recogniseFormat(bytes);
  const entry = Object.entries(FORMATS).find(([, format]) => format === found);
  return entry?.[0] as FormatName | undefined;
}
