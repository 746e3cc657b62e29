// Marks a sample of the flows, so that `-w` with the filter `~marked` writes only these.
//   tsdump -s sample-flows.ts --set sample=100 -w sample.bin '~marked'
import type { HttpFlow, LoadContext } from 'tsdump';

let every: number;
let count = 0;

export function load({ addOption }: LoadContext): void {
  every = addOption('sample', { type: 'int', default: 10, help: 'Mark one flow out of this many.' });
  if (every < 1) throw new Error('sample must be at least 1');
}

export function requestHeaders(flow: HttpFlow): void {
  if (count++ % every === 0) flow.marked = 'sample';
}
