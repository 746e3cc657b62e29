// Breaks connections off where a server fails, instead of sending the error page of the proxy. A scanner would take a 502
// for an answer of the server.
//   tsdump -s suppress-errors.ts
import type { Flow } from 'tsdump';

export function error(flow: Flow): void {
  // A request that breaks the rules of HTTP still gets its 400. docs/errors.md has all codes.
  if (flow.error?.code === 'invalid-request') return;
  flow.kill();
}
