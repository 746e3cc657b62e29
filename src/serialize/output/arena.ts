const ARENA_SIZE = 256 * 1024;
const ARENAS_KEPT = 4;

/** A reusable block of memory that combines small pieces for one write. */
export interface Arena {
  readonly bytes: Buffer;
  /** Number of reserved bytes. */
  used: number;
  /** Number of bytes that belong to a batch. */
  sealed: number;
  /** Number of its chunks in batches that have not been written. */
  parts: number;
}

/** Allocates arenas and reuses released ones. */
export class ArenaPool {
  private readonly spare: Arena[] = [];

  /** @param size minimum number of bytes */
  take(size: number): Arena {
    if (size > ARENA_SIZE) return newArena(size);
    return this.spare.pop() ?? newArena(ARENA_SIZE);
  }

  release(arena: Arena): void {
    if (arena.bytes.length !== ARENA_SIZE || this.spare.length >= ARENAS_KEPT) return;
    arena.used = 0;
    arena.sealed = 0;
    this.spare.push(arena);
  }
}

function newArena(size: number): Arena {
  return { bytes: Buffer.allocUnsafeSlow(size), used: 0, sealed: 0, parts: 0 };
}
