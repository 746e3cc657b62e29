// Writes to the log. `-v` shows debug messages, `-q` only warnings and errors.
//   tsdump -s log-events.ts
import type { LoadContext } from 'tsdump';

export function load({ log, version }: LoadContext): void {
  log.debug(`This is for ${version}, with -v.`);
  log.info('This is some informative text.');
  log.warn('This is a warning.');
  log.error('This is an error.');
}
