/** Number of waiting items above which the producer has to wait. */
const CAPACITY = 32;

/** Passes items from a producer to an iteration over batches, with backpressure. */
export class FlowPipe<Item> implements AsyncIterable<readonly Item[]> {
  private readonly items: Item[] = [];
  private ended = false;
  private error: unknown;
  private wakeProducer: (() => void) | undefined;
  private wakeConsumer: (() => void) | undefined;

  /** Adds an item. @returns a promise if the producer should wait */
  push(item: Item): undefined | Promise<void> {
    this.items.push(item);
    this.wakeConsumer?.();
    if (this.items.length < CAPACITY) return undefined;
    return new Promise((resolve) => {
      this.wakeProducer = resolve;
    });
  }

  /** Ends the iteration after the items so far. @param error fails it */
  end(error?: unknown): void {
    this.ended = true;
    this.error = error;
    this.wakeConsumer?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly Item[], void> {
    for (;;) {
      const batch = this.items.splice(0);
      this.wakeProducer?.();
      this.wakeProducer = undefined;
      if (batch.length > 0) {
        yield batch;
        continue;
      }
      if (this.ended) break;
      await new Promise<void>((resolve) => {
        this.wakeConsumer = resolve;
      });
      this.wakeConsumer = undefined;
    }
    if (this.error !== undefined) throw this.error;
  }
}
