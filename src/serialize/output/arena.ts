const ARENA_SIZE = 256 * 1024;
const ARENAS_KEPT = 4;

/** A piece of memory in which small pieces are put together for one write, and which is used again after it. */
export interface Arena {
  readonly bytes: Buffer;
  /** Bytes handed out. */
  used: number;
  /** Bytes that are in some batch. */
  sealed: number;
  /** Parts of it that have yet to be written. */
  parts: number;
}

/** Gives out arenas, and keeps some that were given back. */
export class ArenaPool {
  private readonly spare: Arena[] = [];

  /** @param size the least number of bytes wanted */
  take(size: number): Arena {
    if (size > ARENA_SIZE) return newArena(size);
    return this.spare.pop() ?? newArena(ARENA_SIZE);
  }

  giveBack(arena: Arena): void {
    if (arena.bytes.length !== ARENA_SIZE || this.spare.length >= ARENAS_KEPT) return;
    arena.used = 0;
    arena.sealed = 0;
    this.spare.push(arena);
  }
}

function newArena(size: number): Arena {
  return { bytes: Buffer.allocUnsafeSlow(size), used: 0, sealed: 0, parts: 0 };
}
