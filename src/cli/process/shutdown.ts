import { setTimeout as delay } from 'node:timers/promises';
import { ExitCode } from './exit-codes.js';

/** Milliseconds that readers have for the rest of our output after the second signal. */
export const FORCE_GRACE = 250;

/** The state of the shutdown, and the exit code. */
export class Shutdown {
  /** Resolves when the program should end gracefully. */
  readonly requested: Promise<void>;
  /** Resolves when the program should stop all waiting. */
  readonly forced: Promise<void>;
  private resolveRequested!: () => void;
  private resolveForced!: () => void;
  private worst: ExitCode = ExitCode.done;
  private ended = false;
  private forcedAt = 0;

  constructor() {
    this.requested = new Promise((resolve) => {
      this.resolveRequested = resolve;
    });
    this.forced = new Promise((resolve) => {
      this.resolveForced = resolve;
    });
  }

  /** Resolves this many milliseconds after `forced`. */
  async afterForce(milliseconds: number): Promise<void> {
    await this.forced;
    await delay(this.forcedAt + milliseconds - performance.now());
  }

  get isRequested(): boolean {
    return this.ended;
  }

  /** The highest code that was noted, because higher codes are worse. */
  get code(): ExitCode {
    return this.worst;
  }

  /** Records a failure in the exit code; the program continues. */
  note(code: ExitCode): void {
    if (code > this.worst) this.worst = code;
  }

  /** Requests a graceful end. */
  request(code: ExitCode = ExitCode.done): void {
    this.note(code);
    this.ended = true;
    this.resolveRequested();
  }

  /** Requests an immediate end. */
  force(): void {
    this.request();
    this.forcedAt = performance.now();
    this.resolveForced();
  }
}
