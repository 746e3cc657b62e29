// Bodies stream through unless a hook like `response` has to see all of them first. This lets large ones stream all the
// same.
//   tsdump -s stream-simple.ts
import type { HttpFlow } from 'tsdump';

export function responseHeaders({ response }: HttpFlow): void {
  const length = response!.headers.get('content-length');
  response!.stream = length === undefined || Number(length) > 1_000_000;
}

export async function response({ response }: HttpFlow): Promise<void> {
  // What has streamed through is on its way, so it cannot be changed any more.
  if (response!.stream) return;
  response!.headers.set('X-Length', String((await response!.body.bytes()).length));
}
