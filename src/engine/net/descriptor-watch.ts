import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import type { Log } from '../../flow/log.js';
import { socketErrorText } from '../errors.js';

/** A lack of descriptors is logged at most once in this many milliseconds. */
const QUIET = 60_000;

/**
 * Logs when the process runs out of file descriptors. libuv then accepts and closes further connections without an
 * error (`uv__emfile_trick`), so only the log shows why clients are rejected.
 */
export class DescriptorWatch {
  private loggedAt = Number.NEGATIVE_INFINITY;

  /** @param isLeft whether a descriptor is available; replaceable for tests */
  constructor(
    private readonly log: Pick<Log, 'error'>,
    private readonly isLeft: () => boolean = isDescriptorLeft,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Call it after each accepted connection and each one to a server, which may have taken the last descriptor. */
  check(): void {
    if (this.isLeft()) return;
    this.report(
      'Too many open files: further clients are rejected until connections end. Raise the limit with ulimit -n.',
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
