import type { Shutdown } from './shutdown.js';

/**
 * SIGINT and SIGTERM: the first requests a graceful end, the second an immediate one. Then the default action is restored, so
 * that a third one ends a program that hangs.
 * @param passOn handles a signal in another way @returns whether it has
 */
export function onSignals(shutdown: Shutdown, passOn: (signal: NodeJS.Signals) => boolean = () => false): void {
  const listener = (signal: NodeJS.Signals): void => {
    if (passOn(signal)) return;
    if (!shutdown.isRequested) return shutdown.request();
    process.off('SIGINT', listener);
    process.off('SIGTERM', listener);
    shutdown.force();
  };
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
}
