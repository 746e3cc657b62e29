import { isatty } from 'node:tty';
import type { Output } from '../write/output.js';
import type { Shutdown } from './shutdown.js';
import { hasTerminal } from './terminal-group.js';

/** Signals that end the program. */
const ENDING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGALRM'];

/**
 * Signals that do nothing. Without a listener, SIGUSR1 would open Node's debugger, to which any program of the machine could
 * connect, and SIGUSR2 would end the program before its outputs are complete.
 */
const IGNORED: readonly NodeJS.Signals[] = ['SIGUSR1', 'SIGUSR2'];

/** Ignores signals that do nothing. */
export function ignoreSignals(others: readonly NodeJS.Signals[] = []): void {
  for (const signal of [...IGNORED, ...others]) process.on(signal, () => {});
}

/**
 * SIGINT, SIGTERM and SIGALRM: the first requests a graceful end, the second an immediate one. Then the default action is
 * restored, so that a third one ends a program that hangs.
 * @param passOn may handle a signal instead; returns whether it did
 */
export function onSignals(shutdown: Shutdown, passOn: (signal: NodeJS.Signals) => boolean = () => false): void {
  const listener = (signal: NodeJS.Signals): void => {
    if (passOn(signal)) return;
    if (!shutdown.isRequested) return shutdown.request();
    for (const ending of ENDING) process.off(ending, listener);
    shutdown.force();
  };
  for (const signal of ENDING) process.on(signal, listener);
  ignoreSignals();
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
