import { PROGRAM_ERRORS, type ProgramErrorCode } from './error-codes.js';
import type { ExitCode } from './exit-codes.js';

/** Ends the program with messages on stderr and the exit code of this error. */
export class ExitError extends Error {
  override name = 'ExitError';
  readonly exitCode: ExitCode;
  /** Separate messages, each of one or more lines. */
  readonly messages: readonly string[];

  constructor(
    readonly code: ProgramErrorCode,
    ...messages: readonly string[]
  ) {
    super(messages.join('\n'));
    this.exitCode = PROGRAM_ERRORS[code];
    this.messages = messages;
  }
}

/** Wrong usage or configuration. */
export class UsageError extends ExitError {
  override name = 'UsageError';
  constructor(message: string, code: UsageErrorCode = 'usage') {
    super(code, message);
  }
}

type UsageErrorCode = {
  [Code in ProgramErrorCode]: (typeof PROGRAM_ERRORS)[Code] extends typeof ExitCode.usage ? Code : never;
}[ProgramErrorCode];
