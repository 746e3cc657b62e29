import { writeSync } from 'node:fs';

/** The exit code for an output that is incomplete. */
const INCOMPLETE = 5;

/**
 * Watches for a script that ends the process (`process.exit`) while flows may wait to be written. Says so, and does not let it
 * pass for a success.
 * @returns a function that ends the watch
 */
export function watchForEarlyExit(): () => void {
  const onExit = (code: number): void => {
    if (code === 0) process.exitCode = INCOMPLETE;
    try {
      writeSync(
        2,
        `tsdump: A script has called process.exit(${code}): what was not written yet is lost. The function shutdown of tsdump ends it in order. [output-failed]\n`,
      );
    } catch {
      // Stderr takes nothing now.
    }
  };
  // An uncaught error that nothing handles ends the process, and Node prints the reason.
  const onCrash = (): void => {
    if (process.listenerCount('uncaughtException') === 0) process.off('exit', onExit);
  };
  process.once('exit', onExit);
  process.on('uncaughtExceptionMonitor', onCrash);
  return () => {
    process.off('exit', onExit);
    process.off('uncaughtExceptionMonitor', onCrash);
  };
}
