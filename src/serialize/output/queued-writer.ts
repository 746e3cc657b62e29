import type { Flow } from '../../flow/flow.js';
import type { Sink } from './sinks.js';
import { WriteQueue, type WriteQueueOptions } from './write-queue.js';
import type { FlowWriter } from './writer.js';

/** Base class of the writers of all formats: flows pass through a queue to an output, which is closed once. */
export abstract class QueuedWriter implements FlowWriter {
  protected readonly queue: WriteQueue;
  private closing: Promise<void> | undefined;

  constructor(
    protected readonly sink: Sink,
    options: WriteQueueOptions,
  ) {
    this.queue = new WriteQueue(sink, options);
  }

  write(flow: Flow): undefined | Promise<void> {
    if (this.closing) throw new Error(`${this.sink.name} is closed`);
    return this.queue.failed ? undefined : this.put(flow);
  }

  get size(): number {
    return this.queue.size;
  }

  flushed(): Promise<void> {
    return this.queue.flushed();
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  /** Queues a flow, as `write` does. */
  protected abstract put(flow: Flow): undefined | Promise<void>;

  /** Resolves when all data is written, or the output has failed. */
  protected abstract finish(): Promise<void>;

  private async end(): Promise<void> {
    await this.finish();
    try {
      await this.sink.close();
    } catch (error) {
      this.queue.fail(error);
    }
  }
}
