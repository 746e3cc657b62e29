import type { Writable } from 'node:stream';
import { plural } from '../flow/text/plural.js';
import { CommandGuard, jsonWithoutCommands } from './command-guard.js';

export interface LineSinkOptions {
  /** Called once when the reader has closed the pipe; further output is dropped. */
  onClosed?: () => void;
  /** Called once if writing fails otherwise, for example on a full disk; further output is dropped. */
  onError?: (error: Error) => void;
  /** Whether the reader runs commands in the output; see `readsCommands`. */
  guarded?: boolean;
}

/** Above this many queued characters, `drained` makes writers wait. */
const BACKLOG_LIMIT = 1024 * 1024;
/** Above this many queued characters, a lossy sink drops lines. */
const LOSSY_LIMIT = 16 * 1024 * 1024;
const CLOSED_CODES: ReadonlySet<unknown> = new Set([
  'EPIPE',
  'ECONNRESET',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
]);

/**
 * Writes lines to stdout or stderr. Lines of one turn of the event loop are written together at its end: output is immediate,
 * yet thousands of lines per second cost few system calls.
 *
 * Writers await `drained`, so that a slow reader slows down the program. A `lossy` sink drops lines instead, and reports their
 * number in a line.
 */
export class LineSink {
  /** Whether lines are dropped while the reader is behind. */
  lossy = false;
  private readonly guard: CommandGuard | undefined;
  /** The status line below the output, on a terminal. */
  status: { below(lines: string): string } | undefined;
  private pending = '';
  private scheduled = false;
  /** Characters passed to the stream that the system has not accepted yet. */
  private inFlight = 0;
  private ended = false;
  /** Lines dropped since the backlog exceeded its limit; undefined while lines are accepted. */
  private dropped: number | undefined;
  /** Whether the text accepted last ends with a newline. */
  private lineEnded = true;
  /** Whether the beginning of the current line was dropped; then its rest is dropped, too. */
  private cutLine = false;
  private waiting: { resolve: () => void; limit: number }[] = [];

  constructor(
    private readonly stream: Writable,
    private readonly options: LineSinkOptions = {},
  ) {
    this.guard = options.guarded ? new CommandGuard() : undefined;
    stream.on('error', (error) => this.end(error));
    stream.on('close', () => this.end(undefined));
  }

  /** True once the reader has closed the pipe or writing has failed. */
  get closed(): boolean {
    return this.ended;
  }

  /** @param text complete lines with newlines, or a part of a long line whose rest follows */
  write(text: string): void {
    if (this.ended || text === '') return;
    if (this.lossy && this.queued > LOSSY_LIMIT) this.dropped ??= 0;
    if (this.dropped !== undefined) return this.drop(text);
    if (!this.cutLine) return this.put(text);
    const end = text.indexOf('\n');
    if (end < 0) return;
    this.cutLine = false;
    this.put(text.slice(end + 1));
  }

  /** Writes complete lines of JSON. */
  writeJson(text: string): void {
    this.write(this.guard ? jsonWithoutCommands(text) : text);
  }

  /** Writes a command for the reader, which `write` would break up. @param line one line, without captured text */
  writeCommand(line: string): void {
    if (!this.ended) this.append(`${this.lineEnded ? '' : '\n'}${line}\n`);
  }

  private put(text: string): void {
    if (text !== '') this.append(this.guard ? this.guard.pass(text) : text);
  }

  private append(text: string): void {
    this.pending += text;
    this.lineEnded = text.endsWith('\n');
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(this.pass);
  }

  /** Undefined while the reader keeps up; else a promise that resolves when it has caught up or closed the pipe. */
  drained(): Promise<void> | undefined {
    return !this.lossy && this.queued > BACKLOG_LIMIT ? this.below(BACKLOG_LIMIT / 2) : undefined;
  }

  /** Resolves when the system has accepted all output, or writing has failed. */
  flush(): Promise<void> {
    this.pass();
    return this.queued <= 0 ? Promise.resolve() : this.below(0);
  }

  /** Stops waiting for the reader and discards pending output, as if the pipe were closed. */
  abandon(): void {
    this.ended = true;
    this.pending = '';
    this.inFlight = 0;
    this.settle();
  }

  /** Writes text that replaces the current line, before pending lines. */
  overwrite(text: string): void {
    if (!this.ended) this.stream.write(text, () => {});
  }

  private drop(text: string): void {
    if (!this.lineEnded) this.put('\n');
    let lines = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
    this.dropped = this.dropped! + lines;
    this.cutLine = !text.endsWith('\n');
  }

  /** Accepts lines again after the reader has caught up. */
  private resume(): void {
    const lines = this.dropped! + (this.cutLine ? 1 : 0);
    this.dropped = undefined;
    this.put(`tsdump: ${plural(lines, 'line')} dropped here because the reader was too slow.\n`);
  }

  private get queued(): number {
    return this.pending.length + this.inFlight;
  }

  private readonly pass = (): void => {
    this.scheduled = false;
    const { pending } = this;
    if (pending === '' || this.ended) return;
    this.pending = '';
    const text = this.status ? this.status.below(pending) : pending;
    this.inFlight += text.length;
    this.stream.write(text, (error) => {
      // Handled here as well as in 'error', so that it is known when `flush` resolves.
      if (error) return this.end(error);
      if (this.ended) return;
      this.inFlight -= text.length;
      if (this.dropped !== undefined && this.queued <= LOSSY_LIMIT / 2) this.resume();
      if (this.waiting.length > 0) this.settle();
    });
  };

  private below(limit: number): Promise<void> {
    return new Promise((resolve) => this.waiting.push({ resolve, limit }));
  }

  private settle(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const entry of waiting) {
      if (this.ended || this.queued <= entry.limit) entry.resolve();
      else this.waiting.push(entry);
    }
  }

  private end(error: Error | undefined): void {
    if (this.ended) return;
    this.abandon();
    const code = (error as NodeJS.ErrnoException | undefined)?.code;
    if (!error || CLOSED_CODES.has(code)) this.options.onClosed?.();
    else this.options.onError?.(error);
  }
}
