import type { Sink } from './sinks.js';

/** Never ends stdout, which others may use as well, but waits until everything is out. */
export class StdoutSink implements Sink {
  readonly name = 'stdout';
  size = 0;
  private readonly ignore = () => {};

  constructor() {
    // The callbacks of the writes get the error; as an event that nobody takes it would end the process.
    process.stdout.on('error', this.ignore);
  }

  write(chunks: readonly Buffer[], done: (error?: Error | null) => void): void {
    process.stdout.cork();
    chunks.forEach((chunk, at) => {
      this.size += chunk.length;
      process.stdout.write(chunk, at === chunks.length - 1 ? done : undefined);
    });
    process.stdout.uncork();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
