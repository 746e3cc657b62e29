import type { Flow } from '../../flow/flow.js';
import type { Sink } from './sinks.js';
import { WriteQueue, type WriteQueueOptions } from './write-queue.js';
import type { FlowWriter } from './writer.js';

/** Base class of the writers of all formats: flows pass through a queue to an output, which is closed once. */
export abstract class QueuedWriter implements FlowWriter {
  protected readonly queue: WriteQueue;
  private closing: Promise<void> | undefined;
  /** Flows whose bodies are still being written to spool files. */
  private readonly unsettled = new Set<Promise<void>>();

  constructor(
    protected readonly sink: Sink,
    options: WriteQueueOptions,
  ) {
    this.queue = new WriteQueue(sink, options);
  }

  write(flow: Flow): undefined | Promise<void> {
    if (this.closing) throw new Error(`${this.sink.name} is closed`);
    if (this.queue.failed) return undefined;
    const settled = bodiesSettled(flow);
    return settled ? this.putLater(flow, settled) : this.put(flow);
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

  /** Queues a flow once it is known which of its bodies could be kept: what lengths a record lists cannot be changed later. */
  private putLater(flow: Flow, settled: Promise<void>): Promise<void> {
    const done = settled.then(() => (this.queue.failed ? undefined : this.put(flow)));
    const settling = done.catch(() => {}).then(() => void this.unsettled.delete(settling));
    this.unsettled.add(settling);
    return done;
  }

  private async end(): Promise<void> {
    await Promise.all(this.unsettled);
    await this.finish();
    try {
      await this.sink.close();
    } catch (error) {
      this.queue.fail(error);
    }
  }
}

/** Resolves when it is known which bodies of a flow could be kept; undefined if that is known already. */
function bodiesSettled(flow: Flow): Promise<void> | undefined {
  if (flow.type === 'dns') return undefined;
  if (flow.type !== 'http') return flow.messages.settled();
  const { request, response, messages } = flow;
  const next = request.body.settled() ?? response?.body.settled() ?? response?.marks?.settled() ?? messages?.settled();
  return next?.then(() => bodiesSettled(flow));
}
