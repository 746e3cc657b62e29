import { setTimeout as delay } from 'node:timers/promises';
import { ExitCode } from './exit-codes.js';

/** Milliseconds that the readers of our output have to take what is left, after the second signal. */
export const HURRY = 250;

/** Whether the program should end, and with which exit code. */
export class Ending {
  /** Resolves when the program should end. */
  readonly asked: Promise<void>;
  /** Resolves when the program should not wait for anything any more. */
  readonly hurried: Promise<void>;
  private resolveAsked!: () => void;
  private resolveHurried!: () => void;
  private worst: ExitCode = ExitCode.done;
  private ended = false;
  private hurriedAt = 0;

  constructor() {
    this.asked = new Promise((resolve) => {
      this.resolveAsked = resolve;
    });
    this.hurried = new Promise((resolve) => {
      this.resolveHurried = resolve;
    });
  }

  /** Resolves so many milliseconds after `hurried`. */
  async afterHurry(milliseconds: number): Promise<void> {
    await this.hurried;
    await delay(this.hurriedAt + milliseconds - performance.now());
  }

  get isAsked(): boolean {
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
  ask(code: ExitCode = ExitCode.done): void {
    this.note(code);
    this.ended = true;
    this.resolveAsked();
  }

  /** Asks the program to end at once. */
  hurry(): void {
    this.ask();
    this.hurriedAt = performance.now();
    this.resolveHurried();
  }
}
