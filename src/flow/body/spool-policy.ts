import { tmpdir } from 'node:os';
import { TransientSet } from '../transient-set.js';
import { openUnlinked, Spool } from './spool.js';

export interface SpoolOptions {
  /** Folder of the spool files; default: the system's temporary folder. */
  dir?: string;
  /** A body beyond this many bytes goes to disk. */
  memoryPerBody?: number;
  /** Beyond this many bytes over all live flows the largest bodies go to disk early. */
  memoryTotal?: number;
}

/** Bytes in memory that can go to disk. */
export interface SpooledLog {
  /** Bytes held in memory. */
  readonly inMemory: number;
  /** Moves what is in memory to disk. @returns false if the disk is behind */
  toDisk(): boolean;
}

const KIB = 1024;
/** Bytes from which on it is worth a file to get a body out of memory. */
const SIZEABLE = 4 * KIB;

/** Decides for all live flows together what stays in memory and what goes to disk. One for each program. */
export class SpoolPolicy {
  private readonly dir: string;
  private readonly memoryPerBody: number;
  private readonly memoryTotal: number;
  /** Only logs worth moving are remembered, so that small bodies cost nothing. */
  private readonly sizeable = new TransientSet<SpooledLog>();
  private memory = 0;

  constructor(options: SpoolOptions = {}) {
    this.dir = options.dir ?? tmpdir();
    this.memoryPerBody = options.memoryPerBody ?? 256 * KIB;
    this.memoryTotal = options.memoryTotal ?? 64 * KIB * KIB;
  }

  /** Bytes of all live logs that are in memory. */
  get inMemory(): number {
    return this.memory;
  }

  /** Called by a log that took bytes into memory. @returns false if the disk is behind */
  grew(log: SpooledLog, bytes: number): boolean {
    this.memory += bytes;
    if (log.inMemory > this.memoryPerBody) return log.toDisk();
    if (log.inMemory >= SIZEABLE && log.inMemory - bytes < SIZEABLE) this.sizeable.add(log);
    if (this.memory <= this.memoryTotal) return true;
    return this.moveLargest(log);
  }

  /** Called by a log whose bytes left memory. */
  shrank(log: SpooledLog, bytes: number): void {
    this.memory -= bytes;
    if (bytes >= SIZEABLE) this.sizeable.delete(log);
  }

  open(): Spool {
    return new Spool(this.dir);
  }

  /** A temporary file for whoever reads and writes it himself: its descriptor. @throws Error (of `fs`) */
  openFile(): number {
    return openUnlinked(this.dir);
  }

  /** Frees a quarter of the allowed memory at once, so that the search for the largest is rare. */
  private moveLargest(current: SpooledLog): boolean {
    let keepsUp = true;
    for (const log of [...this.sizeable].sort((a, b) => b.inMemory - a.inMemory)) {
      if (this.memory <= this.memoryTotal * 0.75) break;
      const ok = log.toDisk();
      if (log === current) keepsUp = ok;
    }
    return keepsUp;
  }
}
