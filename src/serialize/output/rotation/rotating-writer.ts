import { lstat, realpath } from 'node:fs/promises';
import type { Flow } from '../../../flow/flow.js';
import { FifoSink } from '../fifo.js';
import { OutputError } from '../sinks.js';
import type { FlowWriter } from '../writer.js';
import { CurrentName } from './current-name.js';
import { FileSequence, type FileSequenceOptions } from './file-sequence.js';
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

export interface RotatingWriterOptions extends Omit<FileSequenceOptions, 'keep'> {
  rules: RotationRules;
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
  private files: FileSequence;
  /** Flows that this run has put into the file. */
  private flows = 0;
  private timer: NodeJS.Timeout | undefined;
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
    this.files = this.sequence();
  }

  /** Opens the first file. What is written earlier waits. @throws OutputError */
  async open(): Promise<void> {
    // What is completed is renamed, and that must not happen to a link.
    if (!this.name.changes) {
      this.name = new CurrentName(verbatim(await followLink(this.name.get())));
      this.files = this.sequence();
    }
    try {
      await this.files.open();
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
    return this.files.path ?? this.name.get();
  }

  get size(): number {
    return this.files.current?.writer.size ?? 0;
  }

  /** Closes the file and opens it again if it has been moved or deleted. */
  reopen(): void {
    if (this.opened && !this.closing) this.step(() => this.reopenFile());
  }

  /** Does not wait any longer for the reader of a named pipe: what it has not taken is lost. */
  abandon(): void {
    const sink = this.files.current?.sink;
    if (sink instanceof FifoSink) sink.abandon();
  }

  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private put(flow: Flow): undefined | Promise<void> {
    const pending = this.files.current!.writer.write(flow);
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
    const { current } = this.files;
    if (current && this.isFull()) await this.rotate();
    else if (current && current.sink.name !== this.name.get()) await this.leave();
    if (!this.files.current && !this.failed) await this.files.open();
  }

  /** The next file is opened when there is a flow for it. */
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

  /** What is counted is counted anew for each file. */
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
      onBehind: () => this.tellBehind(),
      onLeftOut: (flow) => {
        this.flows--;
        this.options.onLeftOut?.(flow);
      },
    });
  }

  private async finish(): Promise<void> {
    await this.steps.idle();
    this.letGo();
    this.endCounts();
    if (this.files.current) await this.files.close();
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

async function followLink(path: string): Promise<string> {
  const facts = await lstat(path).catch(() => undefined);
  return facts?.isSymbolicLink() ? realpath(path).catch(() => path) : path;
}

/** A path that stands for itself. */
function verbatim(path: string): string {
  return path.replaceAll('%', '%%');
}
