import type { Shutdown } from './shutdown.js';

/**
 * SIGINT and SIGTERM: the first asks the program to end, the second to end at once. After that the system's default
 * holds again, so that a third one ends a program that hangs.
 */
export function onSignals(shutdown: Shutdown): void {
  const listener = (): void => {
    if (!shutdown.isRequested) return shutdown.request();
    process.off('SIGINT', listener);
    process.off('SIGTERM', listener);
    shutdown.force();
  };
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
}
