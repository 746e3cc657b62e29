// Adds an option, which is set like the options of tsdump.
//   tsdump -s options.ts --set add_header=true
//   TSDUMP_ADD_HEADER=true tsdump -s options.ts
import type { HttpFlow, LoadContext } from 'tsdump';

let addHeader: boolean;

export function load({ addOption, options }: LoadContext): void {
  addHeader = addOption('add_header', { type: 'bool', default: false, help: 'Add a header to responses.' });
  if (addHeader && options.flowDetail === 0) console.error('The header is added, but nothing is shown.');
}

export function responseHeaders({ response }: HttpFlow): void {
  if (addHeader) response!.headers.set('X-Added', 'by an option');
}
