import { type Arena, ArenaPool } from './arena.js';

/** Writes what is not in memory, such as a body on disk, when its turn comes. */
export type WriteJob = (write: (chunk: Buffer) => Promise<void>) => Promise<void>;

/** What is written at once. */
export interface Batch {
  chunks: Buffer[];
  arenas: Arena[];
  bytes: number;
  /** Where flows end in it. */
  ends: number[];
}

/** What writes by itself, and ends a flow. */
export interface Job {
  run: WriteJob;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Chunks of this size on are written from where they are, smaller ones are copied together. */
const COPY_LIMIT = 16 * 1024;

/** What has yet to be written, in order. Small pieces are put into memory that is used again. */
export class PendingWrites {
  /** Bytes that were added, less those that whoever takes them out has written; what jobs will write is not known. */
  bytes = 0;
  private readonly pool = new ArenaPool();
  private arena: Arena = this.pool.take(0);
  private items: (Batch | Job)[] = [];
  /** Where flows end in what was reserved and is in no batch yet. */
  private readonly ends: number[] = [];

  /** Makes room for a small piece in `memory`, which the caller fills before anything else. @returns where it is */
  reserve(size: number): number {
    if (this.arena.bytes.length - this.arena.used < size) {
      this.seal();
      const full = this.arena;
      this.arena = this.pool.take(size);
      if (full.parts === 0) this.pool.giveBack(full);
    }
    const at = this.arena.used;
    this.arena.used += size;
    this.bytes += size;
    return at;
  }

  /** The memory of what was reserved last. */
  get memory(): Buffer {
    return this.arena.bytes;
  }

  /** Adds a chunk. A large one is not copied and must not change. */
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
    this.bytes += chunk.length;
  }

  addJob(job: Job): void {
    this.seal();
    this.items.push(job);
  }

  /** Takes note that a flow ends here. */
  noteEnd(): void {
    const { arena, items } = this;
    if (arena.used > arena.sealed) this.ends.push(arena.used - arena.sealed);
    else if (items.length > 0 && !isJob(items.at(-1))) this.lastBatch().ends.push(this.lastBatch().bytes);
  }

  get isEmpty(): boolean {
    return this.bytes === 0 && this.items.length === 0;
  }

  get hasJobs(): boolean {
    return this.items.some(isJob);
  }

  /** Whether a job comes next. */
  get isJobNext(): boolean {
    return isJob(this.items[0]);
  }

  /** Takes out what comes next. */
  next(): Batch | Job | undefined {
    this.seal();
    return this.items.shift();
  }

  /** Gives back the memory of a batch. */
  release(batch: Batch): void {
    for (const arena of batch.arenas) {
      arena.parts--;
      if (arena.parts > 0) continue;
      if (arena !== this.arena) this.pool.giveBack(arena);
      else if (arena.used === arena.sealed) arena.used = arena.sealed = 0;
    }
  }

  /** Forgets everything. Jobs count as done. */
  abandon(): void {
    const abandoned = this.items;
    this.items = [];
    this.bytes = 0;
    for (const item of abandoned) if (isJob(item)) item.resolve();
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

  private lastBatch(): Batch {
    const last = this.items.at(-1);
    if (last && !isJob(last)) return last;
    const batch: Batch = { chunks: [], arenas: [], bytes: 0, ends: [] };
    this.items.push(batch);
    return batch;
  }
}

export function isJob(item: Batch | Job | undefined): item is Job {
  return item !== undefined && 'run' in item;
}
