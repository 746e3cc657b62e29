// Bodies stream unless a hook such as `response` needs them complete. This lets large ones stream even so.
//   tsdump -s stream-simple.ts
import type { HttpFlow } from 'tsdump';

export function responseHeaders({ response }: HttpFlow): void {
  const length = response!.headers.get('content-length');
  response!.stream = length === undefined || Number(length) > 1_000_000;
}

export async function response({ response }: HttpFlow): Promise<void> {
  // A streamed response has already been sent and cannot be changed.
  if (response!.stream) return;
  response!.headers.set('X-Length', String((await response!.body.bytes()).length));
}
