import { lstat, mkdir, realpath, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Flow } from '../../flow/flow.js';
import { type FlowFile, type FlowFileOptions, openFlowFile } from '../flow-file.js';
import { FORMATS, type WriterOptions } from '../formats.js';
import { OutputError } from '../sinks.js';
import { syncFolder } from '../sync-folder.js';
import type { FlowWriter } from '../writer.js';
import { CurrentName } from './current-name.js';
import { removeOldFiles } from './old-files.js';
import { OwnFiles } from './own-files.js';
import { freeRotatedPath } from './rotated-name.js';
import { Steps } from './steps.js';

/** When a file is completed and the next one begun; of several rules the first that is met counts. */
export interface RotationRules {
  /** Bytes; checked before each flow. */
  size?: number | undefined;
  flows?: number | undefined;
  /** Milliseconds after the first flow that was put into the file. */
  interval?: number | undefined;
  /** So many completed files are kept. */
  keep?: number | undefined;
}

export interface RotatingWriterOptions extends WriterOptions, Pick<FlowFileOptions, 'append' | 'format' | 'fsync'> {
  rules: RotationRules;
  onWarning: (message: string) => void;
  /** Asked before a file is opened. @throws Error that says why it must not be written */
  checkPath?: (path: string) => void;
  /** The time by which directives name files, in milliseconds; default: the system's. */
  now?: () => number;
}

interface WaitingFlow {
  flow: Flow;
  resolve: (written: undefined | Promise<void>) => void;
  reject: (error: unknown) => void;
}

/**
 * Writes flows into one file after the other, each a complete file of its format. Flows that come while one file is
 * closed and the next opened wait, and go into the next in the order in which they came.
 */
export class RotatingWriter implements FlowWriter {
  private name: CurrentName;
  private file: FlowFile | undefined;
  private lastPath: string | undefined;
  /** Flows that this run has put into the file. */
  private flows = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly own = new OwnFiles();
  private lastStamp = 0;
  private opened = false;
  private failed = false;
  private toldBehind = false;
  private closing: Promise<void> | undefined;
  private readonly waiting: WaitingFlow[] = [];
  private readonly steps = new Steps(() => this.resume());

  /** @param pattern path of the file; directives of strftime in it name other files at other times */
  constructor(
    pattern: string,
    private readonly options: RotatingWriterOptions,
  ) {
    this.name = new CurrentName(pattern, options.now);
  }

  /** Opens the first file. What is written earlier waits. @throws OutputError */
  async open(): Promise<void> {
    // What is completed is renamed, and that must not happen to a link.
    if (!this.name.changes) this.name = new CurrentName(verbatim(await followLink(this.name.get())));
    try {
      await this.openFile(this.name.get());
    } catch (error) {
      this.failed = true;
      this.letGo();
      throw error;
    }
    this.opened = true;
    this.resume();
  }

  write(flow: Flow): undefined | Promise<void> {
    if (this.closing) throw new Error(`${this.name.pattern} is closed`);
    if (this.failed) return undefined;
    if (this.opened && !this.steps.busy && this.waiting.length === 0 && !this.mustSwitch()) return this.put(flow);
    return new Promise((resolve, reject) => {
      this.waiting.push({ flow, resolve, reject });
      this.resume();
    });
  }

  /** The file that is being written, or was last, or will be. */
  get path(): string {
    return this.file?.sink.name ?? this.lastPath ?? this.name.get();
  }

  get size(): number {
    return this.file?.writer.size ?? 0;
  }

  /** Closes the file and opens it again if it has been moved or deleted. */
  reopen(): void {
    if (this.opened) this.step(() => this.reopenFile());
  }

  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private put(flow: Flow): undefined | Promise<void> {
    const pending = this.file!.writer.write(flow);
    this.flows++;
    const { interval } = this.options.rules;
    if (interval !== undefined) this.timer ??= setTimeout(() => this.onInterval(), interval).unref();
    return pending;
  }

  private onInterval(): void {
    this.timer = undefined;
    this.step(() => this.rotate());
  }

  private mustSwitch(): boolean {
    return !this.file || this.isFull() || this.file.sink.name !== this.name.get();
  }

  private isFull(): boolean {
    const { flows, size } = this.options.rules;
    if (this.flows === 0) return false;
    return (flows !== undefined && this.flows >= flows) || (size !== undefined && this.file!.writer.size >= size);
  }

  /** Writes what waits, as far as nothing has to be done before. */
  private resume(): void {
    while (this.opened && !this.steps.busy && this.waiting.length > 0) {
      if (this.mustSwitch()) {
        this.step(() => this.switchFile());
        return;
      }
      const { flow, resolve, reject } = this.waiting.shift()!;
      try {
        resolve(this.put(flow));
      } catch (error) {
        reject(error);
      }
    }
  }

  private step(action: () => Promise<void>): void {
    this.steps.run(async () => {
      if (this.failed) return;
      await action().catch((error) => {
        this.fail(error instanceof OutputError ? error : new OutputError(this.name.get(), error));
      });
    });
  }

  private async switchFile(): Promise<void> {
    const path = this.name.get();
    if (this.file && this.isFull()) await this.rotate();
    else if (this.file && this.file.sink.name !== path) await this.leave();
    if (!this.file && !this.failed) await this.openFile(path);
  }

  /** Completes the file and gives it its name; the next one is opened when there is a flow for it. */
  private async rotate(): Promise<void> {
    if (!this.file || this.flows === 0) return;
    const { sink } = this.file;
    await this.closeFile();
    if (this.failed) return;
    if (sink.isRegular && (await sink.isInPlace())) await this.moveAway(sink.name);
    await this.removeOld();
  }

  /** Completes a file whose name is no longer the current one. */
  private async leave(): Promise<void> {
    const { sink } = this.file!;
    const untouched = this.flows === 0;
    await this.closeFile();
    if (this.failed) return;
    if (untouched && sink.isRegular && sink.size === 0 && (await sink.isInPlace())) await unlink(sink.name);
    await this.removeOld();
  }

  private async reopenFile(): Promise<void> {
    if (!this.file || (await this.file.sink.isInPlace())) return;
    this.file.sink.forget();
    await this.closeFile();
    if (!this.failed) await this.openFile(this.name.get());
  }

  private async closeFile(): Promise<void> {
    const { sink, writer } = this.file!;
    clearTimeout(this.timer);
    this.timer = undefined;
    await writer.close();
    this.own.remember(sink.name, sink.size);
    this.file = undefined;
    this.flows = 0;
  }

  private async openFile(path: string): Promise<void> {
    const { append, checkPath, format, rules: _rules, ...rest } = this.options;
    const isOwn = this.own.has(path);
    checkPath?.(path);
    if (this.name.changes) await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch(refuse(path));
    if (isOwn && !('findEnd' in FORMATS[format]) && (await isFilled(path))) await this.moveAway(path);
    const file = await openFlowFile(path, {
      ...rest,
      format,
      append: append || isOwn,
      knownSize: this.own.sizeOf(path),
      onError: (error) => this.fail(error),
      onBehind: () => this.tellBehind(),
      onLeftOut: (flow) => {
        this.flows--;
        this.options.onLeftOut?.(flow);
      },
    });
    this.own.remember(path, file.sink.size);
    this.file = file;
    this.lastPath = path;
  }

  private async moveAway(path: string): Promise<void> {
    const [rotated, time] = await freeRotatedPath(path, this.lastStamp);
    this.lastStamp = time;
    await rename(path, rotated).catch(refuse(rotated));
    if (this.options.fsync) await syncFolder(rotated).catch(refuse(rotated));
  }

  private async removeOld(): Promise<void> {
    const { keep } = this.options.rules;
    if (keep === undefined) return;
    await removeOldFiles(this.name.pattern, keep, this.name.get()).catch((error: Error) =>
      this.options.onWarning(`Files that are no longer kept could not be removed: ${error.message}`),
    );
  }

  private async finish(): Promise<void> {
    await this.steps.idle();
    this.letGo();
    if (this.file) await this.closeFile();
  }

  /** Nothing more can be written. */
  private fail(error: OutputError): void {
    if (this.failed) return;
    this.failed = true;
    clearTimeout(this.timer);
    this.letGo();
    this.options.onError(error);
  }

  private letGo(): void {
    for (const { resolve } of this.waiting.splice(0)) resolve(undefined);
  }

  private tellBehind(): void {
    if (!this.toldBehind) this.options.onBehind?.();
    this.toldBehind = true;
  }
}

function refuse(path: string): (error: unknown) => never {
  return (error) => {
    throw new OutputError(path, error);
  };
}

async function followLink(path: string): Promise<string> {
  const facts = await lstat(path).catch(() => undefined);
  return facts?.isSymbolicLink() ? realpath(path).catch(() => path) : path;
}

/** A path that stands for itself. */
function verbatim(path: string): string {
  return path.replaceAll('%', '%%');
}

async function isFilled(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined);
  return facts?.isFile() === true && facts.size > 0;
}
