import type { Sink } from '../serialize/sinks.js';

/**
 * An output that is opened, and so emptied, only when everything else has been started: a second tsdump, started by
 * mistake, fails at the port and must not have emptied the file that the first one writes. What is written earlier waits.
 */
export class LateSink implements Sink {
  private sink: Sink | undefined;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly spec: string,
    private readonly openSink: (spec: string) => Promise<Sink>,
  ) {}

  get name(): string {
    return this.sink?.name ?? this.spec;
  }

  async open(): Promise<void> {
    this.sink = await this.openSink(this.spec);
    for (const start of this.waiting.splice(0)) start();
  }

  write(chunks: readonly Buffer[], done: (error?: Error | null) => void): void {
    if (this.sink) this.sink.write(chunks, done);
    else this.waiting.push(() => this.sink!.write(chunks, done));
  }

  async close(): Promise<void> {
    await this.sink?.close();
  }
}
