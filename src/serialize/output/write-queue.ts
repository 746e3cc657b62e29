import { type Batch, isJob, PendingWrites, type QueuedJob, type WriteJob } from './pending-writes.js';
import { OutputError, RewriteError, type Sink } from './sinks.js';

export interface WriteQueueOptions {
  /** Called once if the output cannot be written. Queued and later data is lost. */
  onError: (error: OutputError) => void;
  /** Called once if the output is so far behind that writers have to wait. */
  onBehind?: () => void;
}

/** Bytes in the queue above which writers have to wait. */
const QUEUE_LIMIT = 16 * 1024 * 1024;
/** Bytes that are written without waiting for more. */
const BATCH_SIZE = 256 * 1024;
/** The usual `Sink.pace`: a write costs as much as adding several flows to it. */
const PACE = 10;

/**
 * Group commit: one write is in flight, and data that arrives meanwhile goes into the next one. After a pause, data is
 * written at the end of the event loop turn; in quick succession, some milliseconds later. Written data is kept until the
 * sink has settled it.
 */
export class WriteQueue {
  private readonly pending = new PendingWrites();
  private busy = false;
  private scheduled = false;
  /** Start of the last write. */
  private begun = 0;
  private reportedBehind = false;
  /** Bytes of the output that are complete flows. */
  private whole: number;
  /** Whether the output has failed. */
  failed = false;
  /** Items that are written and not settled, in order. They may have to be written again. */
  private unsettled: (Batch | QueuedJob)[] = [];
  /** Number of items that the sink has settled. */
  private settledItems = 0;
  /** Callbacks, in order, each with the number of settled items that it waits for. */
  private readonly flushing: { items: number; resolve: () => void }[] = [];
  private readonly waiting: (() => void)[] = [];
  private readonly idle: (() => void)[] = [];

  constructor(
    private readonly sink: Sink,
    private readonly options: WriteQueueOptions,
  ) {
    this.whole = sink.size;
  }

  /** Bytes in the output once the queue is written, without the output of jobs. */
  get size(): number {
    return this.sink.size + this.pending.bytes;
  }

  /** Whether the output ends with a complete flow, also after a failure. */
  get endsWhole(): boolean {
    return this.sink.size === this.whole;
  }

  /** Reserves space in `bytes` for a small piece; the caller has to fill it at once. @returns its offset */
  reserve(size: number): number {
    return this.pending.reserve(size);
  }

  /** The memory of the last reservation. */
  get bytes(): Buffer {
    return this.pending.memory;
  }

  /** Queues a chunk. A large one is not copied and must not change. */
  add(chunk: Buffer): void {
    this.pending.add(chunk);
  }

  /** Queues a whole flow that is part of a block of memory, like `add` and `commit`. The block must not change. */
  addPart(block: Buffer, start: number, end: number): void {
    this.pending.addPart(block, start, end);
    this.commit();
  }

  /** Queues a chunk of whole flows, like `add` and `commit`. @param ends offsets of their ends */
  addFlows(chunk: Buffer, ends: readonly number[]): void {
    this.pending.addFlows(chunk, ends);
    this.commit();
  }

  /**
   * Queues a job that ends a flow. Resolves when it is done, or the output has failed; rejects with the job's own
   * error.
   */
  run(run: WriteJob): Promise<void> {
    return new Promise((resolve, reject) => this.pending.addJob({ run, resolve, reject }));
  }

  /** A promise to await before writing more; undefined unless much is queued. */
  get backlog(): undefined | Promise<void> {
    if (this.pending.bytes <= QUEUE_LIMIT || this.failed) return undefined;
    if (!this.reportedBehind) this.options.onBehind?.();
    this.reportedBehind = true;
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Resolves when everything is written and settled, or the output has failed. */
  drained(): Promise<void> {
    if (this.failed || this.isIdle) return Promise.resolve();
    return new Promise((resolve) => {
      this.idle.push(resolve);
      if (!this.busy) this.next();
    });
  }

  /** Resolves when all flows so far have been written, or the output has failed. It does not hasten that. */
  flushed(): Promise<void> {
    const items = this.settledItems + this.unsettled.length + this.pending.count;
    if (this.failed || items === this.settledItems) return Promise.resolve();
    return new Promise((resolve) => this.flushing.push({ items, resolve }));
  }

  /** Gives up the output. */
  fail(cause: unknown): void {
    if (this.failed) return;
    this.failed = true;
    this.pending.abandon();
    for (const item of this.unsettled.splice(0)) if (isJob(item)) item.resolve();
    for (const { resolve } of this.flushing.splice(0)) resolve();
    settle(this.waiting.splice(0));
    settle(this.idle.splice(0));
    this.options.onError(new OutputError(this.sink.name, cause));
  }

  /** Releases the queued data for writing: it consists of complete flows. */
  commit(): void {
    if (this.failed) return;
    const { pending } = this;
    pending.noteEnd();
    if (this.busy) return;
    if (pending.bytes >= BATCH_SIZE || this.idle.length > 0 || pending.hasJobs) this.next();
    else if (!this.scheduled && pending.bytes > 0) this.schedule();
  }

  private schedule(): void {
    const begin = (): void => {
      this.scheduled = false;
      if (!this.busy) this.next();
    };
    this.scheduled = true;
    const rest = this.begun + (this.sink.pace ?? PACE) - performance.now();
    if (rest > 0) setTimeout(begin, rest);
    else setImmediate(begin);
  }

  private next(): void {
    if (this.failed) return;
    const item = this.pending.next();
    if (!item) return this.checkIdle();
    this.busy = true;
    this.begun = performance.now();
    this.unsettled.push(item);
    if (isJob(item)) void this.runJob(item);
    else this.writeBatch(item);
  }

  private writeBatch(batch: Batch): void {
    const { sink } = this;
    const start = sink.size;
    // If a job follows, the batch may end with the beginning of its flow.
    const isWhole = !this.pending.isJobNext;
    sink.write(batch.chunks, (error) => {
      const end = batch.ends.findLast((at) => start + at <= sink.size);
      if (end !== undefined) this.whole = start + end;
      if (error && !(error instanceof RewriteError)) return this.cutBack(error);
      this.pending.bytes -= batch.bytes;
      if (error) return this.rewrite();
      return isWhole ? this.settle() : this.written();
    });
  }

  /** Marks all written data as complete flows, and frees its memory once the sink has settled it. */
  private settle(end: () => void = () => {}): void {
    const { sink } = this;
    this.whole = sink.size;
    const items = this.settledItems + this.unsettled.length;
    let isCurrent = true;
    let isSettled = false;
    const settled = (error?: Error | null): void => {
      isSettled = true;
      // An item that is being written fails in the same way, and is then written again with these.
      if (error instanceof RewriteError) return isCurrent || !this.busy ? this.rewrite() : undefined;
      if (error) this.fail(error);
      this.free(items);
      end();
      if (isCurrent) this.written();
      else this.checkIdle();
    };
    if (!sink.settle) return settled();
    sink.settle(settled);
    if (isSettled || !sink.settlesLater) return;
    isCurrent = false;
    this.written();
  }

  /** Frees the memory of settled items. @param items their number since the beginning */
  private free(items: number): void {
    const { flushing, pending } = this;
    for (const item of this.unsettled.splice(0, items - this.settledItems)) {
      this.settledItems++;
      if (!isJob(item)) pending.release(item);
    }
    while (flushing.length > 0 && flushing[0]!.items <= this.settledItems) flushing.shift()!.resolve();
  }

  /** Writes all unsettled items again. */
  private rewrite(): void {
    this.pending.putBack(this.unsettled.splice(0));
    this.busy = false;
    this.next();
  }

  /** Gives up the output after a failed write, and removes the partial flow. */
  private async cutBack(cause: Error): Promise<void> {
    const { sink, whole } = this;
    // If that fails too, readers handle the torn end.
    if (sink.cut && sink.size > whole) await sink.cut(whole).catch(() => {});
    this.fail(cause);
  }

  private written(): void {
    if (this.pending.bytes <= QUEUE_LIMIT / 2) settle(this.waiting.splice(0));
    this.proceed();
  }

  private async runJob(job: QueuedJob): Promise<void> {
    let end = job.resolve;
    try {
      await job.run((chunk) => this.writeNow(chunk));
    } catch (error) {
      if (error instanceof RewriteError) return this.rewrite();
      if (!this.failed) end = () => job.reject(error);
    }
    if (!this.failed) return this.settle(end);
    end();
    this.proceed();
  }

  private writeNow(chunk: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.sink.write([chunk], (error) => {
        if (error instanceof RewriteError) reject(error);
        else if (error) void this.cutBack(error).then(() => reject(error));
        else resolve();
      });
    });
  }

  private proceed(): void {
    this.busy = false;
    if (this.pending.isEmpty) this.checkIdle();
    else this.commit();
  }

  private get isIdle(): boolean {
    return !this.busy && this.pending.isEmpty && this.unsettled.length === 0;
  }

  private checkIdle(): void {
    if (this.isIdle) settle(this.idle.splice(0));
  }
}

function settle(waiting: (() => void)[]): void {
  for (const resolve of waiting) resolve();
}
