import { ExitCode } from './exit-codes.js';

/** The program cannot do what it was asked for: it says so on stderr and ends with this exit code. */
export class ExitError extends Error {
  override name = 'ExitError';
  /** Each is a message of its own, and may have several lines. */
  readonly messages: readonly string[];

  constructor(
    readonly code: ExitCode,
    ...messages: readonly string[]
  ) {
    super(messages.join('\n'));
    this.messages = messages;
  }
}

/** Wrong usage or configuration. */
export class UsageError extends ExitError {
  override name = 'UsageError';
  constructor(message: string) {
    super(ExitCode.usage, message);
  }
}
