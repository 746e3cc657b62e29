import { type Arena, ArenaPool } from './arena.js';
import { OutputError, type Sink } from './sinks.js';

export interface WriteQueueOptions {
  /** Told once, when the output cannot be written. What is queued then and later is lost. */
  onError: (error: OutputError) => void;
  /** Told once, when the output is so far behind that whoever writes has to wait. */
  onBehind?: () => void;
}

/** Writes what is not in memory, such as a body on disk, when its turn comes. */
export type WriteJob = (write: (chunk: Buffer) => Promise<void>) => Promise<void>;

const QUEUE_LIMIT = 16 * 1024 * 1024;
/** Chunks of this size on are written from where they are, smaller ones are copied together. */
const COPY_LIMIT = 16 * 1024;
/** So much is written without waiting for more. */
const BATCH_SIZE = 256 * 1024;
/** Milliseconds between two writes while little is queued: each one costs as much as putting several flows into it. */
const PACE = 10;

interface Batch {
  chunks: Buffer[];
  arenas: Arena[];
  bytes: number;
  /** Where flows end in it. */
  ends: number[];
}

interface Job {
  run: WriteJob;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Group commit: one write is in flight, what comes meanwhile goes into the next one. What comes after a pause is written
 * at the end of the turn, what comes in quick succession some milliseconds later.
 */
export class WriteQueue {
  private readonly pool = new ArenaPool();
  private arena: Arena = this.pool.take(0);
  private items: (Batch | Job)[] = [];
  private queued = 0;
  private busy = false;
  private scheduled = false;
  /** When the last write was begun. */
  private begun = 0;
  private toldBehind = false;
  /** Where flows end in what was reserved and is in no batch yet. */
  private readonly ends: number[] = [];
  /** So much of the output is whole flows. */
  private whole: number;
  /** True once the output could not be written. */
  failed = false;
  private readonly waiting: (() => void)[] = [];
  private readonly idle: (() => void)[] = [];

  constructor(
    private readonly sink: Sink,
    private readonly options: WriteQueueOptions,
  ) {
    this.whole = sink.size;
  }

  /** Bytes in the output when what is queued will have been written; what jobs will write is not known before. */
  get size(): number {
    return this.sink.size + this.queued;
  }

  /** Whether the output ends with a whole flow, also if it failed. */
  get endsWhole(): boolean {
    return this.sink.size === this.whole;
  }

  /** Makes room for a small piece in `bytes`, which the caller fills before anything else. @returns where it is */
  reserve(size: number): number {
    if (this.arena.bytes.length - this.arena.used < size) {
      this.seal();
      const full = this.arena;
      this.arena = this.pool.take(size);
      if (full.parts === 0) this.pool.giveBack(full);
    }
    const at = this.arena.used;
    this.arena.used += size;
    this.queued += size;
    return at;
  }

  /** The memory of what was reserved last. */
  get bytes(): Buffer {
    return this.arena.bytes;
  }

  /** Queues a chunk. A large one is not copied and must not change. */
  add(chunk: Buffer): void {
    if (chunk.length < COPY_LIMIT) {
      const at = this.reserve(chunk.length);
      chunk.copy(this.arena.bytes, at);
      return;
    }
    this.seal();
    const batch = this.lastBatch();
    batch.chunks.push(chunk);
    batch.bytes += chunk.length;
    this.queued += chunk.length;
  }

  /**
   * Queues a job, which ends a flow. Resolves when it is done, or the output has failed; rejects with what the job itself
   * throws.
   */
  run(run: WriteJob): Promise<void> {
    this.seal();
    return new Promise((resolve, reject) => this.items.push({ run, resolve, reject }));
  }

  /** What whoever writes more has to wait for: a promise only while much is queued. */
  get backlog(): undefined | Promise<void> {
    if (this.queued <= QUEUE_LIMIT || this.failed) return undefined;
    if (!this.toldBehind) this.options.onBehind?.();
    this.toldBehind = true;
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Resolves when everything is written, or the output has failed. */
  drained(): Promise<void> {
    if (this.failed || (!this.busy && this.queued === 0 && this.items.length === 0)) return Promise.resolve();
    return new Promise((resolve) => {
      this.idle.push(resolve);
      if (!this.busy) this.next();
    });
  }

  /** Gives up the output. */
  fail(cause: unknown): void {
    if (this.failed) return;
    this.failed = true;
    const abandoned = this.items;
    this.items = [];
    this.queued = 0;
    for (const item of abandoned) if (isJob(item)) item.resolve();
    settle(this.waiting.splice(0));
    settle(this.idle.splice(0));
    this.options.onError(new OutputError(this.sink.name, cause));
  }

  /** What was queued is whole flows and may be written. */
  commit(): void {
    if (this.failed) return;
    this.noteEnd();
    if (this.busy) return;
    if (this.queued >= BATCH_SIZE || this.idle.length > 0 || this.items.some(isJob)) this.next();
    else if (!this.scheduled && this.queued > 0) this.schedule();
  }

  private schedule(): void {
    const begin = (): void => {
      this.scheduled = false;
      if (!this.busy) this.next();
    };
    this.scheduled = true;
    const rest = this.begun + PACE - performance.now();
    if (rest > 0) setTimeout(begin, rest);
    else setImmediate(begin);
  }

  /** Puts what was reserved since the last time into the batch. */
  private seal(): void {
    const { arena } = this;
    if (arena.used === arena.sealed) return;
    const batch = this.lastBatch();
    for (const end of this.ends) batch.ends.push(batch.bytes + end);
    this.ends.length = 0;
    batch.chunks.push(arena.bytes.subarray(arena.sealed, arena.used));
    batch.arenas.push(arena);
    batch.bytes += arena.used - arena.sealed;
    arena.sealed = arena.used;
    arena.parts++;
  }

  private noteEnd(): void {
    const { arena, items } = this;
    if (arena.used > arena.sealed) this.ends.push(arena.used - arena.sealed);
    else if (items.length > 0 && !isJob(items.at(-1))) this.lastBatch().ends.push(this.lastBatch().bytes);
  }

  private lastBatch(): Batch {
    const last = this.items.at(-1);
    if (last && 'chunks' in last) return last;
    const batch: Batch = { chunks: [], arenas: [], bytes: 0, ends: [] };
    this.items.push(batch);
    return batch;
  }

  private next(): void {
    if (this.failed) return;
    this.seal();
    const item = this.items.shift();
    if (!item) {
      settle(this.idle.splice(0));
      return;
    }
    this.busy = true;
    this.begun = performance.now();
    if (isJob(item)) this.runJob(item);
    else this.writeBatch(item);
  }

  private writeBatch(batch: Batch): void {
    const { sink } = this;
    const start = sink.size;
    // The beginning of a flow may stand at its end, whose rest a job writes.
    const isWhole = !isJob(this.items[0]);
    sink.write(batch.chunks, (error) => {
      const end = batch.ends.findLast((at) => start + at <= sink.size);
      if (end !== undefined) this.whole = start + end;
      if (error) return this.cutBack(error);
      this.queued -= batch.bytes;
      return isWhole ? this.settle(() => this.written(batch)) : this.written(batch);
    });
  }

  /** All that was written is whole flows. */
  private settle(then: () => void): void {
    const { sink } = this;
    this.whole = sink.size;
    if (!sink.settle) return then();
    sink.settle((error) => {
      if (error) this.fail(error);
      then();
    });
  }

  /** Gives up the output after a write that failed, and takes back the part of a flow that was written. */
  private async cutBack(cause: Error): Promise<void> {
    const { sink, whole } = this;
    // Where that fails as well, readers know what to do with a torn end.
    if (sink.cut && sink.size > whole) await sink.cut(whole).catch(() => {});
    this.fail(cause);
  }

  private written(batch: Batch): void {
    for (const arena of batch.arenas) {
      arena.parts--;
      if (arena.parts > 0) continue;
      if (arena !== this.arena) this.pool.giveBack(arena);
      else if (arena.used === arena.sealed) arena.used = arena.sealed = 0;
    }
    if (this.queued <= QUEUE_LIMIT / 2) settle(this.waiting.splice(0));
    this.proceed();
  }

  private async runJob(job: Job): Promise<void> {
    const end = await job
      .run((chunk) => this.writeNow(chunk))
      .then(
        () => job.resolve,
        (error) => (this.failed ? job.resolve : () => job.reject(error)),
      );
    if (!this.failed) await new Promise<void>((resolve) => this.settle(resolve));
    end();
    this.proceed();
  }

  private writeNow(chunk: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.sink.write([chunk], (error) => {
        if (error) this.cutBack(error).then(() => reject(error));
        else resolve();
      });
    });
  }

  private proceed(): void {
    this.busy = false;
    if (this.items.length === 0 && this.queued === 0) settle(this.idle.splice(0));
    else this.commit();
  }
}

function isJob(item: Batch | Job | undefined): item is Job {
  return item !== undefined && 'run' in item;
}

function settle(waiting: (() => void)[]): void {
  for (const resolve of waiting) resolve();
}
