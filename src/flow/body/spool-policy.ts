import { tmpdir } from 'node:os';
import { TransientSet } from '../transient-set.js';
import { BlockPool, openUnlinked, Spool } from './spool.js';
import { SpoolCipher, type TemporaryFile } from './spool-cipher.js';

/** Handles the failure of `drained()` where nothing else is to be done: `SpoolOptions.onFailure` was called with it. */
export function reportedByPolicy(): void {}

export interface SpoolOptions {
  /** Folder of the spool files; by default the system's temporary folder. */
  dir?: string;
  /** A body larger than this many bytes is moved to disk; by default 256 KiB. */
  memoryPerBody?: number;
  /** Above this many bytes over all live flows, the largest bodies are moved to disk early; by default 64 MiB. */
  memoryTotal?: number;
  /** Whether files are encrypted, with a key that is in memory only. */
  encrypted?: boolean;
  /** Called once, when the first file cannot be created or written (an error of `fs`). The bodies in such files are lost. */
  onFailure?: (error: Error) => void;
}

/** A log that can move its bytes from memory to disk. */
export interface SpooledLog {
  /** Bytes held in memory. */
  readonly inMemory: number;
  /** Moves the bytes in memory to disk. @returns false if the disk is behind */
  toDisk(): boolean;
}

/** A lack of file descriptors, of the process or the system: bodies stay in memory until some are free again. */
const TRANSIENT: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE']);
/** Milliseconds until a file is tried again after that. */
const RETRY = 100;
/** The multiple of the allowed memory from which on bodies are lost rather than kept in memory. */
const OVERDRAFT = 4;
const KIB = 1024;
/** A body smaller than this is not worth a file. */
const SIZEABLE = 4 * KIB;

/** Decides which bodies stay in memory and which go to disk, for all live flows together. There is one per process. */
export class SpoolPolicy {
  /** The folder of the temporary files. */
  readonly dir: string;
  private readonly memoryPerBody: number;
  private readonly memoryTotal: number;
  /** Only logs worth moving are tracked, so small bodies cost nothing. */
  private readonly sizeable = new TransientSet<SpooledLog>();
  private memory = 0;
  private readonly blocks = new BlockPool();
  private readonly cipher: SpoolCipher | undefined;
  private onFailure: ((error: Error) => void) | undefined;
  /** No file is opened before this time (`performance.now`), unless memory is overdrawn. */
  private shortUntil = 0;

  constructor(options: SpoolOptions = {}) {
    this.dir = options.dir ?? tmpdir();
    this.memoryPerBody = options.memoryPerBody ?? 256 * KIB;
    this.memoryTotal = options.memoryTotal ?? 64 * KIB * KIB;
    this.cipher = options.encrypted ? new SpoolCipher() : undefined;
    this.onFailure = options.onFailure;
  }

  /** Bytes of all live logs that are in memory. */
  get inMemory(): number {
    return this.memory;
  }

  /** Called by a log after it has taken bytes into memory. @returns false if the disk is behind */
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

  /** @returns undefined if no file descriptor is free now */
  open(): Spool | undefined {
    if (this.isShort) return undefined;
    const isOverdrawn = this.isOverdrawn;
    let isShort = false;
    const spool = new Spool(this.dir, this.blocks, this.cipher?.forFile(), (error) => {
      isShort = !isOverdrawn && TRANSIENT.has((error as NodeJS.ErrnoException).code);
      if (!isShort) this.fail(error);
    });
    if (!isShort) return spool;
    this.shortUntil = performance.now() + RETRY;
    return undefined;
  }

  /** Opens an unlinked temporary file, which the caller closes. @throws Error (of `fs`) */
  openFile(): TemporaryFile {
    return { fd: openUnlinked(this.dir), cipher: this.cipher?.forFile() };
  }

  private get isShort(): boolean {
    return performance.now() < this.shortUntil && !this.isOverdrawn;
  }

  private get isOverdrawn(): boolean {
    return this.memory > OVERDRAFT * this.memoryTotal;
  }

  /** Reports that data could not be stored, once. */
  fail(error: Error): void {
    const { onFailure } = this;
    this.onFailure = undefined;
    onFailure?.(error);
  }

  /** Frees a quarter of the allowed memory at once, so that the sort is rare. */
  private moveLargest(current: SpooledLog): boolean {
    if (this.isShort) return true;
    let keepsUp = true;
    for (const log of [...this.sizeable].sort((a, b) => b.inMemory - a.inMemory)) {
      if (this.memory <= this.memoryTotal * 0.75) break;
      const ok = log.toDisk();
      if (log.inMemory > 0) break;
      if (log === current) keepsUp = ok;
    }
    return keepsUp;
  }
}
