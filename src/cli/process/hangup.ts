import { closeSync, openSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Output } from '../write/output.js';
import type { Shutdown } from './shutdown.js';

/**
 * SIGHUP: files are opened again, as `logrotate` and others who have moved them ask for it. But if the terminal is gone
 * in which the program was started, it writes what it has and ends by the signal, as it would without us.
 */
export function onHangup(shutdown: Shutdown, outputs: readonly Output[]): void {
  const files = outputs.flatMap(({ file }) => file ?? []);
  if (files.length === 0) return;
  // With nohup and the like none of them is a terminal.
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

/** Node cannot exit without its terminal: it wants to restore its modes, fails and aborts. */
function dieOfHangup(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}

/** Whether the process has a terminal that can end it. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
