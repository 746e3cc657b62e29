import type { Log } from '../../flow/log.js';
import { systemErrorText } from '../../flow/system-error.js';
import { DamageError } from '../../serialize/input/reader.js';
import { type ProgramErrorCode, withCode } from '../process/error-codes.js';
import { ExitCode } from '../process/exit-codes.js';
import type { Shutdown } from '../process/shutdown.js';

type InputErrorCode = `input-${string}` & ProgramErrorCode;

export type DamageReporter = (message: string, code: InputErrorCode) => void;

/** Returns a function that logs what of an input is damaged or cannot be read, and sets the exit code. */
export function damageReporter({ log, shutdown }: { log: Log; shutdown: Shutdown }): DamageReporter {
  return (message, code) => {
    log.error(withCode(message, code));
    shutdown.note(ExitCode.input);
  };
}

/** The message and code for an error that ended the reading of an input. @param name of the input */
export function readError(name: string, error: unknown): [message: string, code: InputErrorCode] {
  if (error instanceof DamageError) return [error.message, `input-${error.damage.kind}`];
  return [`Cannot read ${name}: ${systemErrorText(error)}`, 'input-unreadable'];
}
