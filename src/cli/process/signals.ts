import type { Ending } from './ending.js';

/**
 * SIGINT and SIGTERM: the first asks the program to end, the second to end at once. After that the system's default
 * holds again, so that a third one ends a program that hangs.
 */
export function onSignals(ending: Ending): void {
  const listener = (): void => {
    if (!ending.isAsked) return ending.ask();
    process.off('SIGINT', listener);
    process.off('SIGTERM', listener);
    ending.hurry();
  };
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
}
