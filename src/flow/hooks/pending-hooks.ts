import type { Addon, HookName } from './hooks.js';

/** A pending hook was abandoned at the end of the program. */
export class UnfinishedHookError extends Error {
  override name = 'UnfinishedHookError';
  constructor() {
    super('did not finish in time for the end of the program');
    // Our stack trace does not lead to the addon.
    this.stack = this.message;
  }
}

/** Milliseconds that a hook may take after `giveUp`. */
const LAST_MS = 250;

/** Asynchronous hooks that have not finished. At the end of the program, they can be abandoned. */
export class PendingHooks {
  /** Each abandons one hook. */
  private readonly waits = new Set<() => void>();
  private givenUp = false;

  /** Abandons the hooks that are pending now; later ones are abandoned after 250 ms. */
  giveUp(): void {
    this.givenUp = true;
    for (const end of this.waits) end();
  }

  /**
   * Waits for a hook. `flowEnd` and `done` of observers are never abandoned, since these save flows.
   * @throws UnfinishedHookError; errors of the hook pass through
   */
  wait(pending: Promise<void>, { observes }: Addon, hook: HookName): Promise<void> {
    if (observes && (hook === 'flowEnd' || hook === 'done')) return pending;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.waits.delete(end);
        reject(new UnfinishedHookError());
      };
      const timer = this.givenUp ? setTimeout(end, LAST_MS) : undefined;
      this.waits.add(end);
      pending.then(resolve, reject).finally(() => {
        this.waits.delete(end);
        clearTimeout(timer);
      });
    });
  }
}
