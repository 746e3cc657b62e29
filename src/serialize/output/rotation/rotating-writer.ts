import { lstat, realpath } from 'node:fs/promises';
import type { Flow } from '../../../flow/flow.js';
import { FifoSink } from '../fifo.js';
import { OutputError } from '../sinks.js';
import type { FlowWriter, RecordCopier } from '../writer.js';
import { CurrentName } from './current-name.js';
import { FileSequence, type FileSequenceOptions } from './file-sequence.js';
import { Steps } from './steps.js';

/** Rules for completing a file and beginning the next one. The first rule met applies. */
export interface RotationRules {
  /** Bytes; checked before each flow. */
  size?: number | undefined;
  flows?: number | undefined;
  /** Milliseconds after the first flow in the file. */
  interval?: number | undefined;
  /** Number of completed files to keep. */
  keep?: number | undefined;
}

export interface RotatingWriterOptions extends Omit<FileSequenceOptions, 'keep'> {
  rules: RotationRules;
  /** Clock for the directives in file names, in milliseconds. Default: the system's. */
  now?: () => number;
}

interface WaitingFlow {
  flow: Flow;
  resolve: (written: undefined | Promise<void>) => void;
  reject: (error: unknown) => void;
}

/**
 * Writes flows into consecutive files, each a complete file of its format. Flows that arrive during a change of files go into
 * the next file, in their order.
 */
export class RotatingWriter implements FlowWriter, RecordCopier {
  private name: CurrentName;
  private files: FileSequence;
  /** Number of flows that this run has written to the current file. */
  private flows = 0;
  private timer: NodeJS.Timeout | undefined;
  private opened = false;
  private failed = false;
  private reportedBehind = false;
  private closing: Promise<void> | undefined;
  private readonly waiting: WaitingFlow[] = [];
  private readonly steps = new Steps(() => this.resume());

  /** @param pattern path of the file; strftime directives in it change the name over time */
  constructor(
    pattern: string,
    private readonly options: RotatingWriterOptions,
  ) {
    this.name = new CurrentName(pattern, options.now);
    this.files = this.sequence();
  }

  /** Opens the first file. Flows written earlier wait for it. @throws OutputError */
  async open(): Promise<void> {
    // A completed file is renamed. For a link, this has to be the target of the link.
    if (!this.name.changes) {
      this.name = new CurrentName(verbatim(await followLink(this.name.get())));
      this.files = this.sequence();
    }
    try {
      await this.files.open();
    } catch (error) {
      this.failed = true;
      this.resolveWaiting();
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

  get records(): RecordCopier | undefined {
    const { format, compress } = this.options;
    return format === 'native' && !compress ? this : undefined;
  }

  get file(): number {
    return this.files.opened;
  }

  room(ends: readonly number[]): number {
    // After a failure, flows are dropped.
    if (this.failed) return ends.length;
    if (this.closing || !this.opened || this.steps.busy || this.waiting.length > 0 || this.mustSwitch()) return 0;
    const { flows = Number.POSITIVE_INFINITY, size } = this.options.rules;
    const most = Math.min(ends.length, flows - this.flows);
    if (size === undefined) return most;
    const start = this.size;
    // The flow that reaches the size is the last one in its file.
    const last = ends.findIndex((end) => start + end >= size);
    return last < 0 ? most : Math.min(most, last + 1);
  }

  copy(bytes: Buffer, ends: readonly number[]): undefined | Promise<void> {
    if (this.failed) return undefined;
    return this.count(ends.length, this.files.current!.writer.records!.copy(bytes, ends));
  }

  /** Path of the current file, or else of the last or the first one. */
  get path(): string {
    return this.files.path ?? this.name.get();
  }

  get size(): number {
    return this.files.current?.writer.size ?? 0;
  }

  /** Closes the file and opens it again if it was moved or deleted. */
  reopen(): void {
    if (this.opened && !this.closing) this.step(() => this.reopenFile());
  }

  /** Stops waiting for the reader of a named pipe. Unread data is lost. */
  abandon(): void {
    const sink = this.files.current?.sink;
    if (sink instanceof FifoSink) sink.abandon();
  }

  async flushed(): Promise<void> {
    await this.steps.idle();
    await this.files.current?.writer.flushed();
  }

  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private put(flow: Flow): undefined | Promise<void> {
    return this.count(1, this.files.current!.writer.write(flow));
  }

  private count(flows: number, pending: undefined | Promise<void>): undefined | Promise<void> {
    this.flows += flows;
    const { interval } = this.options.rules;
    if (interval !== undefined) this.timer ??= setTimeout(() => this.onInterval(), interval).unref();
    return pending;
  }

  private onInterval(): void {
    this.timer = undefined;
    this.step(() => this.rotate());
  }

  private mustSwitch(): boolean {
    const { current } = this.files;
    return !current || this.isFull() || current.sink.name !== this.name.get();
  }

  private isFull(): boolean {
    const { flows, size } = this.options.rules;
    if (this.flows === 0) return false;
    return (
      (flows !== undefined && this.flows >= flows) || (size !== undefined && this.files.current!.writer.size >= size)
    );
  }

  /** Writes waiting flows, until a change of files is necessary. */
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
    const { current } = this.files;
    if (current && this.isFull()) await this.rotate();
    else if (current && current.sink.name !== this.name.get()) await this.leave();
    if (!this.files.current && !this.failed) await this.files.open();
  }

  /** Completes the file. The next one is opened with the next flow. */
  private async rotate(): Promise<void> {
    if (this.flows === 0) return;
    this.endCounts();
    await this.files.rotate();
  }

  private async leave(): Promise<void> {
    const isEmpty = this.flows === 0;
    this.endCounts();
    await this.files.leave(isEmpty);
  }

  private async reopenFile(): Promise<void> {
    const { current } = this.files;
    if (!current) return;
    await this.files.reopen();
    if (this.files.current !== current) this.endCounts();
  }

  /** Resets the counters for the next file. */
  private endCounts(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.flows = 0;
  }

  private sequence(): FileSequence {
    const { rules, ...rest } = this.options;
    return new FileSequence(this.name, {
      ...rest,
      keep: rules.keep,
      onError: (error) => this.fail(error),
      onBehind: () => this.reportBehind(),
      onLeftOut: (flow) => {
        this.flows--;
        this.options.onLeftOut?.(flow);
      },
    });
  }

  private async finish(): Promise<void> {
    await this.steps.idle();
    this.resolveWaiting();
    this.endCounts();
    if (this.files.current) await this.files.close();
  }

  /** Handles a failure of the output; further flows are dropped. */
  private fail(error: OutputError): void {
    if (this.failed) return;
    this.failed = true;
    clearTimeout(this.timer);
    this.resolveWaiting();
    this.options.onError(error);
  }

  private resolveWaiting(): void {
    for (const { resolve } of this.waiting.splice(0)) resolve(undefined);
  }

  private reportBehind(): void {
    if (!this.reportedBehind) this.options.onBehind?.();
    this.reportedBehind = true;
  }
}

async function followLink(path: string): Promise<string> {
  const facts = await lstat(path).catch(() => undefined);
  return facts?.isSymbolicLink() ? realpath(path).catch(() => path) : path;
}

/** Escapes a path that contains no directives. */
function verbatim(path: string): string {
  return path.replaceAll('%', '%%');
}
