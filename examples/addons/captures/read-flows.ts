// Lists the flows of a capture, and the bytes received from each host.
//   tsdump -nqr flows.bin -s read-flows.ts
import type { Flow } from 'tsdump';

export const observes = true;

const sizes = new Map<string, number>();

export function flowEnd(flow: Flow): void {
  if (flow.type === 'http') {
    const { request, response } = flow;
    console.log(`${request.method} ${request.prettyUrl}: ${response?.statusCode ?? flow.error?.message}`);
    sizes.set(request.prettyHost, (sizes.get(request.prettyHost) ?? 0) + (response?.body.size ?? 0));
  } else {
    console.log(`${flow.type} ${flow.server.address?.join(':')}`);
  }
}

export function done(): void {
  for (const [host, size] of sizes) console.log(`${host}: ${size} bytes`);
}
