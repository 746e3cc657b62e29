/** Time for pacing; tests have their own. */
export interface PaceClock {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Resolves after about so many milliseconds, or earlier if the pacing is stopped. */
  wait(milliseconds: number): Promise<void>;
}

/** Longest single wait: Node's timers take no more than 24 days. */
const LONGEST = 24 * 3600 * 1000;

/** The clock of the machine. `stopped` ends all waits. */
export function realClock(stopped: AbortSignal): PaceClock {
  return {
    now: () => performance.now(),
    wait: (milliseconds) =>
      new Promise((resolve) => {
        if (stopped.aborted) return resolve();
        const done = (): void => {
          clearTimeout(timer);
          stopped.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, Math.min(LONGEST, Math.max(1, Math.round(milliseconds))));
        stopped.addEventListener('abort', done);
      }),
  };
}
