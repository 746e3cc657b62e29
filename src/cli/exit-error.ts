import { ExitCode } from './exit-codes.js';

/** The program cannot do what it was asked for: it says so on stderr and ends with this exit code. */
export class ExitError extends Error {
  override name = 'ExitError';
  constructor(
    readonly code: ExitCode,
    message: string,
  ) {
    super(message);
  }
}

/** Wrong usage or configuration. */
export class UsageError extends ExitError {
  override name = 'UsageError';
  constructor(message: string) {
    super(ExitCode.usage, message);
  }
}
