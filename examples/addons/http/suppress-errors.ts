// Closes the client connection when a server fails, instead of sending an error page of the proxy. A scanner would mistake
// the 502 for a response of the server.
//   tsdump -s suppress-errors.ts
import type { Flow } from 'tsdump';

export function error(flow: Flow): void {
  // Invalid requests still get their 400. docs/errors.md lists all codes.
  if (flow.error?.code === 'invalid-request') return;
  flow.kill();
}
