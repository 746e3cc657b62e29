/** The clock for pacing. Tests use their own. */
export interface PaceClock {
  /** Monotonic time in milliseconds. */
  now(): number;
  /** Resolves after about this many milliseconds, or earlier if pacing is stopped. */
  wait(milliseconds: number): Promise<void>;
}

/** Maximum length of a single wait in milliseconds: timers of Node are limited to less than 25 days. */
const LONGEST = 24 * 3600 * 1000;

/** The system's monotonic clock. @param stopped ends all waits */
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
