import { closeSync, openSync, readFileSync } from 'node:fs';
import { devNull } from 'node:os';
import type { Log } from '../../flow/log.js';
import { socketErrorText } from '../errors.js';

/** A lack of descriptors is logged at most once in this many milliseconds. */
const QUIET = 60_000;
/** Descriptors that connections leave for files: the next file of a rotation, spool files, the journal. */
const RESERVE = 16;

/**
 * Keeps connections from taking the last file descriptors, which files need, and logs when it does. Where none is left at all,
 * libuv accepts and closes further connections without an error (`uv__emfile_trick`), so only the log shows why clients are
 * rejected.
 */
export class DescriptorWatch {
  private loggedAt = Number.NEGATIVE_INFINITY;
  /** The lowest reserved descriptor. */
  private readonly reserved: number;

  /**
   * @param limit of this process; replaceable for tests, like the next two
   * @param lowestFree the lowest free descriptor, which is the next one to be given out (POSIX)
   */
  constructor(
    private readonly log: Pick<Log, 'error'>,
    limit = openFilesLimit(),
    private readonly lowestFree: () => number = probe,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.reserved = limit - Math.min(RESERVE, Math.floor(limit / 8));
  }

  /**
   * Whether a connection may be opened or kept. Call it after a connection was accepted and before one to a server is opened.
   * Logs if not. Each call looks at the descriptors: a low one that a file has just left says nothing about the next ones.
   */
  admits(): boolean {
    if (this.lowestFree() < this.reserved) return true;
    this.report(
      'Too many open files: further clients are rejected until connections end. Raise the limit with ulimit -n.',
    );
    return false;
  }

  /** The system refused to accept a connection. The next one may succeed. */
  refused(error: Error): void {
    this.report(`Cannot accept connections: ${socketErrorText(error)}.`);
  }

  private report(message: string): void {
    const now = this.now();
    if (now - this.loggedAt < QUIET) return;
    this.loggedAt = now;
    this.log.error(message);
  }
}

function probe(): number {
  try {
    const descriptor = openSync(devNull, 'r');
    closeSync(descriptor);
    return descriptor;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EMFILE' || code === 'ENFILE' ? Number.POSITIVE_INFINITY : 0;
  }
}

/** Infinity where the system does not say it in a file; no descriptors are reserved then. */
function openFilesLimit(): number {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
    return Number(soft ?? Number.POSITIVE_INFINITY);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
