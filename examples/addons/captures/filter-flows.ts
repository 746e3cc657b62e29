// Hooks of flows are called only for flows that match a filter.
//   tsdump -s filter-flows.ts
import type { Flow, HttpFlow, LoadContext, Log } from 'tsdump';

export const filter = '~m POST & ~d example.com';

let log: Log;

export function load(context: LoadContext): void {
  log = context.log;
}

export function request({ request }: HttpFlow): void {
  log.info(`Flow matches: ${request.method} ${request.prettyUrl}`);
}

/** Each addon of a list has a filter of its own. */
export default [
  {
    filter: '~c 5xx | ~e',
    flowEnd(flow: Flow): void {
      flow.comment = 'failed';
    },
  },
];
