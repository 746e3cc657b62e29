// Validates an option. An error in `load` ends tsdump with exit code 2 and the position in this file.
//   tsdump -s options-check.ts --set max_age=60
import type { HttpFlow, LoadContext } from 'tsdump';

let maxAge: number | undefined;

export function load({ addOption }: LoadContext): void {
  maxAge = addOption('max_age', { type: 'optional int', help: 'Seconds for which responses may be cached.' });
  if (maxAge !== undefined && (maxAge < 0 || maxAge > 3600)) throw new Error('max_age must be from 0 to 3600');
}

export function responseHeaders({ response }: HttpFlow): void {
  if (maxAge !== undefined) response!.headers.set('Cache-Control', `max-age=${maxAge}`);
}
