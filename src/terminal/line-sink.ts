import type { Writable } from 'node:stream';
import { plural } from '../flow/text/plural.js';

export interface LineSinkOptions {
  /** The reader has gone, once; what is written from then on is dropped. */
  onClosed?: () => void;
  /** Something else failed, such as a full disk; once, and then nothing is written any more. */
  onError?: (error: Error) => void;
}

/** Characters from which on a writer that can wait has to. */
const BACKLOG_LIMIT = 1024 * 1024;
/** Characters from which on a lossy sink drops lines. */
const LOSSY_LIMIT = 16 * 1024 * 1024;
const CLOSED_CODES: ReadonlySet<unknown> = new Set([
  'EPIPE',
  'ECONNRESET',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
]);

/**
 * Lines for stdout or stderr. What is written in one turn of the event loop goes out in one write at its end, so that
 * lines come when they are made and thousands of them a second cost few system calls.
 *
 * Who writes waits for `drained`, so that a slow reader slows the program down. A sink that is `lossy` drops lines in
 * place of that, and puts a line there that says how many.
 */
export class LineSink {
  /** Whether lines are dropped while the reader does not keep up. */
  lossy = false;
  private pending = '';
  private scheduled = false;
  /** Characters passed to the stream and not yet taken by the system. */
  private inFlight = 0;
  private ended = false;
  /** Lines dropped since the backlog became too long; undefined while none are dropped. */
  private dropped: number | undefined;
  /** Whether what was accepted last ends with its newline. */
  private lineEnded = true;
  /** Whether the beginning of the current line was dropped. */
  private cutLine = false;
  private waiting: { resolve: () => void; limit: number }[] = [];

  constructor(
    private readonly stream: Writable,
    private readonly options: LineSinkOptions = {},
  ) {
    stream.on('error', (error) => this.end(error));
    stream.on('close', () => this.end(undefined));
  }

  /** True once the reader has gone or writing failed. */
  get closed(): boolean {
    return this.ended;
  }

  /** @param text whole lines, each with its newline; a part of a long line only if the rest follows */
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

  private put(text: string): void {
    if (text === '') return;
    this.pending += text;
    this.lineEnded = text.endsWith('\n');
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(this.pass);
  }

  /** Undefined while the reader keeps up; else a promise that resolves when it has, or has gone. */
  drained(): Promise<void> | undefined {
    return !this.lossy && this.queued > BACKLOG_LIMIT ? this.below(BACKLOG_LIMIT / 2) : undefined;
  }

  /** Resolves when all that was written is with the system, or cannot get there any more. */
  flush(): Promise<void> {
    this.pass();
    return this.queued <= 0 ? Promise.resolve() : this.below(0);
  }

  /** Stops waiting for the reader: what it has not taken is lost, as if it had gone. */
  abandon(): void {
    this.ended = true;
    this.pending = '';
    this.inFlight = 0;
    this.settle();
  }

  private drop(text: string): void {
    if (!this.lineEnded) this.put('\n');
    let lines = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
    this.dropped = this.dropped! + lines;
    this.cutLine = !text.endsWith('\n');
  }

  /** The reader has taken enough for lines to be accepted again. */
  private resume(): void {
    const lines = this.dropped! + (this.cutLine ? 1 : 0);
    this.dropped = undefined;
    this.put(`tsdump: ${plural(lines, 'line')} dropped here, as nothing was read for a while.\n`);
  }

  private get queued(): number {
    return this.pending.length + this.inFlight;
  }

  private readonly pass = (): void => {
    this.scheduled = false;
    const text = this.pending;
    if (text === '' || this.ended) return;
    this.pending = '';
    this.inFlight += text.length;
    this.stream.write(text, (error) => {
      // Told here too, so that whoever waits for `flush` knows of it by then.
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
