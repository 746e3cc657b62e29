import type { Shutdown } from './shutdown.js';

/**
 * SIGINT and SIGTERM: the first requests a graceful end, the second an immediate one. Then the default action is restored, so
 * that a third one ends a program that hangs.
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
