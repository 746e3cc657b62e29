import { setTimeout as delay } from 'node:timers/promises';
import { ExitCode } from './exit-codes.js';

/** Milliseconds that the readers of our output have to take what is left, after the second signal. */
export const FORCE_GRACE = 250;

/** Whether the program should end, and with which exit code. */
export class Shutdown {
  /** Resolves when the program should end. */
  readonly requested: Promise<void>;
  /** Resolves when the program should not wait for anything any more. */
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

  /** Resolves so many milliseconds after `forced`. */
  async afterForce(milliseconds: number): Promise<void> {
    await this.forced;
    await delay(this.forcedAt + milliseconds - performance.now());
  }

  get isRequested(): boolean {
    return this.ended;
  }

  /** The greater code is the worse one. */
  get code(): ExitCode {
    return this.worst;
  }

  /** Something went wrong that shows in the exit code, but the program goes on. */
  note(code: ExitCode): void {
    if (code > this.worst) this.worst = code;
  }

  /** Asks the program to end in order. */
  request(code: ExitCode = ExitCode.done): void {
    this.note(code);
    this.ended = true;
    this.resolveRequested();
  }

  /** Asks the program to end at once. */
  force(): void {
    this.request();
    this.forcedAt = performance.now();
    this.resolveForced();
  }
}
