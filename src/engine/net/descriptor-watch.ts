import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import type { Log } from '../../flow/log.js';
import { socketErrorText } from '../errors.js';

/** Milliseconds in which a lack of descriptors is logged once. */
const QUIET = 60_000;

/**
 * Logs that the process has no file descriptor left. libuv accepts and closes further connections then without an error
 * (`uv__emfile_trick`), so the log is all that shows why clients are turned away.
 */
export class DescriptorWatch {
  private loggedAt = Number.NEGATIVE_INFINITY;

  /** @param isLeft whether a descriptor is left, for tests */
  constructor(
    private readonly log: Pick<Log, 'error'>,
    private readonly isLeft: () => boolean = isDescriptorLeft,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** To be called after each accepted connection, which may have taken the last descriptor. */
  check(): void {
    if (this.isLeft()) return;
    this.report(
      'Too many open files: further clients are turned away until connections end. Raise the limit with ulimit -n.',
    );
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

function isDescriptorLeft(): boolean {
  try {
    closeSync(openSync(devNull, 'r'));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'EMFILE' && code !== 'ENFILE';
  }
}
