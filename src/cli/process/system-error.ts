import { getSystemErrorMap } from 'node:util';

/** What the system says of an error, without the name of the call: `no such file or directory`. */
export function systemErrorText(error: NodeJS.ErrnoException): string {
  return (error.errno !== undefined && getSystemErrorMap().get(error.errno)?.[1]) || error.message;
}
