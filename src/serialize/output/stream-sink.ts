import type { Writable } from 'node:stream';
import type { Sink } from './sinks.js';

type Done = (error?: Error | null) => void;

/** Writes to a stream. Its reader may stall forever, so writes can be abandoned. */
export class StreamSink implements Sink {
  size = 0;
  private inFlight: Done | undefined;
  private abandoned: Error | undefined;

  constructor(
    readonly name: string,
    protected readonly stream: Writable,
  ) {
    // Errors are passed to the callbacks of the writes. Without a listener, the event would end the process.
    stream.on('error', () => {});
  }

  write(chunks: readonly Buffer[], done: Done): void {
    if (this.abandoned) return done(this.abandoned);
    this.inFlight = done;
    const { stream } = this;
    stream.cork();
    chunks.forEach((chunk, at) => {
      this.size += chunk.length;
      stream.write(chunk, at === chunks.length - 1 ? (error) => this.written(error) : undefined);
    });
    stream.uncork();
  }

  /** Fails the current write and all later ones. Data that the system has not accepted is lost. */
  abandon(): void {
    this.abandoned = new Error('the reader did not read the remaining data');
    this.written(this.abandoned);
  }

  /** Does not end the stream: stdout may have other users. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  private written(error: Error | null | undefined): void {
    const done = this.inFlight;
    this.inFlight = undefined;
    done?.(error);
  }
}

/** Waits until all data is written, but never ends stdout, which may have other users. */
export class StdoutSink extends StreamSink {
  constructor() {
    super('stdout', process.stdout);
  }
}
