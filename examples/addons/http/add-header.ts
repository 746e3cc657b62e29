// Adds a header to requests, and numbers responses in another one.
//   tsdump -s add-header.ts
import type { HttpFlow } from 'tsdump';

let count = 0;

export function requestHeaders({ request }: HttpFlow): void {
  request.headers.set('X-Seen-By', 'tsdump');
}

export function responseHeaders({ response }: HttpFlow): void {
  response!.headers.set('X-Count', String(++count));
}
