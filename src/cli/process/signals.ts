import { isatty } from 'node:tty';
import type { Output } from '../write/output.js';
import type { Shutdown } from './shutdown.js';
import { hasTerminal } from './terminal-group.js';

/**
 * SIGINT and SIGTERM: the first requests a graceful end, the second an immediate one. Then the default action is restored, so
 * that a third one ends a program that hangs.
 * @param passOn may handle a signal instead; returns whether it did
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

/**
 * Handles SIGHUP: reopens the output files, as `logrotate` expects after moving them. But if the terminal in which the program
 * was started is gone, the program writes its data and ends by the signal, as it would without a handler.
 */
export function onHangup(shutdown: Shutdown, outputs: readonly Output[]): void {
  const files = outputs.flatMap(({ file }) => file ?? []);
  if (files.length === 0) return;
  // With nohup, none of the standard streams is a terminal.
  const hadTerminal = [0, 1, 2].some(isatty) && hasTerminal();
  process.on('SIGHUP', () => {
    if (!hadTerminal || hasTerminal()) {
      for (const file of files) file.reopen();
      return;
    }
    shutdown.request();
    process.once('exit', dieOfHangup);
  });
}

/** Ends the process by the signal, because `process.exit` would abort: Node fails to restore the modes of a closed terminal. */
function dieOfHangup(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}
