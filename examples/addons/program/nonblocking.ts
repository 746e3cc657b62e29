// A hook may be asynchronous: its flow waits for it, other flows do not.
//   tsdump -s nonblocking.ts
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpFlow, LoadContext } from 'tsdump';

export const filter = '~u /slow';

let context: LoadContext;

export function load(given: LoadContext): void {
  context = given;
}

export async function requestHeaders({ request }: HttpFlow): Promise<void> {
  context.log.info(`wait: ${request.prettyUrl}`);
  // The signal cancels the delay when the program ends or this file is reloaded.
  await delay(500, undefined, { signal: context.signal });
  context.log.info(`go on: ${request.prettyUrl}`);
}
