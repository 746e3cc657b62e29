// Sends requests for some hosts to others. Connections are opened to the new host, and `Host` follows.
//   tsdump -s redirect-host.ts
import type { HttpFlow } from 'tsdump';

const HOSTS: Readonly<Record<string, string>> = {
  'old.example': 'new.example',
  'api.example': 'staging.example',
};

export function requestHeaders({ request }: HttpFlow): void {
  // The host that the client requested; in transparent mode `host` is only an address.
  const host = HOSTS[request.prettyHost];
  if (host !== undefined) request.host = host;
}
