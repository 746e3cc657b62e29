import { ExitCode } from './exit-codes.js';

/** Ends the program with messages on stderr and this exit code. */
export class ExitError extends Error {
  override name = 'ExitError';
  /** Separate messages, each of one or more lines. */
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
