import { getSystemErrorMap } from './runtime.js';

/** The system's description of an error, without the name of the call: `no such file or directory`. */
export function systemErrorText(error: NodeJS.ErrnoException): string {
  return (error.errno !== undefined && getSystemErrorMap().get(error.errno)?.[1]) || error.message;
}
