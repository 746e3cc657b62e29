import { ExitCode } from './exit-codes.js';

/**
 * Codes of the errors that end the program, or that are logged and set its exit code. They are stable; the wording of messages
 * is not. `docs/errors.md` explains them. A message ends with its code in brackets.
 */
export const PROGRAM_ERRORS = {
  'check-failed': ExitCode.checkFailed,
  usage: ExitCode.usage,
  'option-unknown': ExitCode.usage,
  'option-value': ExitCode.usage,
  'option-value-missing': ExitCode.usage,
  'option-repeated': ExitCode.usage,
  'option-conflict': ExitCode.usage,
  'option-requires': ExitCode.usage,
  'option-exposed': ExitCode.usage,
  'config-invalid': ExitCode.usage,
  'filter-invalid': ExitCode.usage,
  'rule-invalid': ExitCode.usage,
  'file-unreadable': ExitCode.usage,
  'same-file': ExitCode.usage,
  'script-failed': ExitCode.usage,
  'start-failed': ExitCode.start,
  'listen-failed': ExitCode.start,
  'authority-failed': ExitCode.start,
  'installation-incomplete': ExitCode.start,
  'too-many-files': ExitCode.start,
  'input-unreadable': ExitCode.input,
  'input-truncated': ExitCode.input,
  'input-garbage': ExitCode.input,
  'input-metadata': ExitCode.input,
  'input-body': ExitCode.input,
  'input-flags': ExitCode.input,
  'input-version': ExitCode.input,
  'input-unrecognised': ExitCode.input,
  'output-failed': ExitCode.output,
  'internal-error': ExitCode.internal,
} as const satisfies Readonly<Record<string, ExitCode>>;

export type ProgramErrorCode = keyof typeof PROGRAM_ERRORS;

/** Adds a code to a message, at the end of its first line: the following ones are details, such as a caret below a filter. */
export function withCode(message: string, code: ProgramErrorCode): string {
  const text = message.trimEnd();
  const lineEnd = text.search(/[\r\n]/);
  const end = lineEnd < 0 ? text.length : lineEnd;
  return `${text.slice(0, end)} [${code}]${text.slice(end)}`;
}
