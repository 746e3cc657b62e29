import { type Arena, ArenaPool } from './arena.js';

/** Writes data that is not in memory, such as a body on disk. */
export type WriteJob = (write: (chunk: Buffer) => Promise<void>) => Promise<void>;

/** Data for one write. */
export interface Batch {
  chunks: Buffer[];
  arenas: Arena[];
  bytes: number;
  /** Offsets in the batch at which flows end. */
  ends: number[];
}

/** A job that ends a flow, in the queue. */
export interface QueuedJob {
  run: WriteJob;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Chunks of at least this size are written in place; smaller ones are copied together. */
const COPY_LIMIT = 16 * 1024;
/** The same for parts of a block of an input, which stays in memory as a whole until they are written. */
const COPY_LIMIT_OF_BLOCKS = 64 * 1024;

/** Data to be written, in order. Small pieces are copied into reusable memory. */
export class PendingWrites {
  /** Number of bytes in the queue, without jobs. The consumer subtracts the bytes that it has written. */
  bytes = 0;
  private readonly pool = new ArenaPool();
  private arena: Arena = this.pool.take(0);
  private items: (Batch | QueuedJob)[] = [];
  /** Offsets of the ends of flows in reserved memory that does not belong to a batch yet. */
  private readonly ends: number[] = [];
  /** Consecutive flows in the block of an input, from `runStart` to `runEnd`, which are added together. */
  private run: Buffer | undefined;
  private runStart = 0;
  private runEnd = 0;
  private readonly runEnds: number[] = [];

  /** Reserves space in `memory` for a small piece; the caller has to fill it at once. @returns its offset */
  reserve(size: number): number {
    if (this.run) this.endRun();
    if (this.arena.bytes.length - this.arena.used < size) {
      this.seal();
      const full = this.arena;
      this.arena = this.pool.take(size);
      if (full.parts === 0) this.pool.release(full);
    }
    const at = this.arena.used;
    this.arena.used += size;
    this.bytes += size;
    return at;
  }

  /** The memory of the last reservation. */
  get memory(): Buffer {
    return this.arena.bytes;
  }

  /** Adds a chunk. A large chunk is not copied and must not change. */
  add(chunk: Buffer, copyLimit = COPY_LIMIT): void {
    if (this.run) this.endRun();
    if (chunk.length < copyLimit) {
      const at = this.reserve(chunk.length);
      chunk.copy(this.arena.bytes, at);
      return;
    }
    this.seal();
    const batch = this.lastBatch();
    batch.chunks.push(chunk);
    batch.bytes += chunk.length;
    this.bytes += chunk.length;
  }

  /** Adds a whole flow that is part of a block of memory, which must not change. */
  addPart(block: Buffer, start: number, end: number): void {
    if (this.run !== block || this.runEnd !== start) {
      this.endRun();
      this.run = block;
      this.runStart = start;
    }
    this.runEnd = end;
    this.runEnds.push(end - this.runStart);
    this.bytes += end - start;
  }

  /** Adds a chunk of whole flows. @param ends offsets of their ends in the chunk */
  addFlows(chunk: Buffer, ends: readonly number[], copyLimit = COPY_LIMIT): void {
    this.add(chunk, copyLimit);
    const { arena } = this;
    const isCopied = chunk.length < copyLimit;
    const noted = isCopied ? this.ends : this.lastBatch().ends;
    const start = (isCopied ? arena.used - arena.sealed : this.lastBatch().bytes) - chunk.length;
    for (const end of ends) noted.push(start + end);
  }

  addJob(job: QueuedJob): void {
    this.seal();
    this.items.push(job);
  }

  /** Marks the end of a flow. */
  noteEnd(): void {
    if (this.run) return;
    const { arena, items } = this;
    if (arena.used > arena.sealed) this.ends.push(arena.used - arena.sealed);
    else if (items.length > 0 && !isJob(items.at(-1))) this.lastBatch().ends.push(this.lastBatch().bytes);
  }

  /** Number of items. Each batch and each job is one item. */
  get count(): number {
    const { arena, items } = this;
    const begins = (arena.used > arena.sealed || this.run !== undefined) && (items.length === 0 || isJob(items.at(-1)));
    return items.length + (begins ? 1 : 0);
  }

  get isEmpty(): boolean {
    return this.bytes === 0 && this.items.length === 0;
  }

  get hasJobs(): boolean {
    return this.items.some(isJob);
  }

  /** Whether the next item is a job. */
  get isJobNext(): boolean {
    return isJob(this.items[0]);
  }

  /** Removes and returns the next item. */
  next(): Batch | QueuedJob | undefined {
    this.seal();
    return this.items.shift();
  }

  /** Puts back items that have to be written again, in front of all others. */
  putBack(items: readonly (Batch | QueuedJob)[]): void {
    this.seal();
    for (const item of items) if (!isJob(item)) this.bytes += item.bytes;
    this.items.unshift(...items);
  }

  /** Returns the memory of a batch to the pool. */
  release(batch: Batch): void {
    for (const arena of batch.arenas) {
      arena.parts--;
      if (arena.parts > 0) continue;
      if (arena !== this.arena) this.pool.release(arena);
      else if (arena.used === arena.sealed) arena.used = arena.sealed = 0;
    }
  }

  /** Drops all items. The promises of jobs resolve. */
  abandon(): void {
    const abandoned = this.items;
    this.items = [];
    this.run = undefined;
    this.runEnds.length = 0;
    this.bytes = 0;
    for (const item of abandoned) if (isJob(item)) item.resolve();
  }

  /** Moves the memory reserved since the last call into the batch. */
  private seal(): void {
    if (this.run) this.endRun();
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

  /** Adds the run of flows as one chunk. */
  private endRun(): void {
    const { run, runStart, runEnd, runEnds } = this;
    if (!run) return;
    this.run = undefined;
    this.bytes -= runEnd - runStart;
    this.addFlows(run.subarray(runStart, runEnd), runEnds, COPY_LIMIT_OF_BLOCKS);
    runEnds.length = 0;
  }

  private lastBatch(): Batch {
    const last = this.items.at(-1);
    if (last && !isJob(last)) return last;
    const batch: Batch = { chunks: [], arenas: [], bytes: 0, ends: [] };
    this.items.push(batch);
    return batch;
  }
}

export function isJob(item: Batch | QueuedJob | undefined): item is QueuedJob {
  return item !== undefined && 'run' in item;
}
