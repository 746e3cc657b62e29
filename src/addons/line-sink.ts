import type { Writable } from 'node:stream';

export interface LineSinkOptions {
  /** The reader has gone, once; what is written from then on is dropped. */
  onClosed?: () => void;
  /** Something else failed, such as a full disk; once, and then nothing is written any more. */
  onError?: (error: Error) => void;
}

const BACKLOG_LIMIT = 1024 * 1024;
const CLOSED_CODES: ReadonlySet<unknown> = new Set([
  'EPIPE',
  'ECONNRESET',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
]);

/**
 * Lines for stdout or stderr. What is written in one turn of the event loop goes out in one write at its end, so that
 * lines come when they are made and thousands of them a second cost few system calls.
 */
export class LineSink {
  private pending = '';
  private scheduled = false;
  /** Characters passed to the stream and not yet taken by the system. */
  private inFlight = 0;
  private ended = false;
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

  /** @param text whole lines, each with its newline */
  write(text: string): void {
    if (this.ended) return;
    this.pending += text;
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(this.pass);
  }

  /** Undefined while the reader keeps up; else a promise that resolves when it has, or has gone. */
  drained(): Promise<void> | undefined {
    return this.queued > BACKLOG_LIMIT ? this.below(BACKLOG_LIMIT / 2) : undefined;
  }

  /** Resolves when all that was written is with the system, or cannot get there any more. */
  flush(): Promise<void> {
    this.pass();
    return this.queued <= 0 ? Promise.resolve() : this.below(0);
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
      this.inFlight -= text.length;
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
    this.ended = true;
    this.pending = '';
    this.inFlight = 0;
    this.settle();
    const code = (error as NodeJS.ErrnoException | undefined)?.code;
    if (!error || CLOSED_CODES.has(code)) this.options.onClosed?.();
    else this.options.onError?.(error);
  }
}
