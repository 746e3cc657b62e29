// Sends each request again without credentials, and reports responses with a different status.
//   tsdump -s duplicate-modify-replay.ts
import type { HttpFlow, LoadContext, Log } from 'tsdump';

let log: Log;

export function load(context: LoadContext): void {
  log = context.log;
}

export async function response(flow: HttpFlow): Promise<void> {
  // The hook is also called for replays.
  if (flow.isReplay) return;
  const copy = flow.copy();
  copy.request.headers.delete('authorization');
  copy.request.query.set('debug', '1');
  const again = await copy.replay();
  const [before, after] = [flow.response!.statusCode, again.response?.statusCode ?? again.error?.message];
  if (before !== after) log.warn(`${flow.request.prettyUrl}: ${before}, then ${after}`);
}
