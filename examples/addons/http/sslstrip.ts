// Rewrites https links to http for the client and connects to the servers by https, to test how clients behave.
//   tsdump -s sslstrip.ts
import type { HttpFlow } from 'tsdump';

/** Servers whose links were changed: host and port as the client sees them, and the port of https. */
const secure = new Map<string, number>();

export function requestHeaders({ request }: HttpFlow): void {
  for (const name of ['If-Modified-Since', 'If-None-Match', 'Upgrade-Insecure-Requests']) request.headers.delete(name);
  const port = request.scheme === 'http' ? secure.get(`${request.prettyHost}:${request.port}`) : undefined;
  if (port === undefined) return;
  // In transparent mode `host` is an address; the certificate is verified for the name.
  request.host = request.prettyHost;
  request.scheme = 'https';
  request.port = port;
}

export function responseHeaders({ response }: HttpFlow): void {
  const { headers, cookies } = response!;
  headers.delete('Strict-Transport-Security');
  headers.rewrite('Content-Security-Policy', (policy) => policy.replace(/upgrade-insecure-requests;?/gi, ''));
  headers.rewrite('Location', strip);
  for (const cookie of cookies) cookie.secure = false;
}

export async function response({ response }: HttpFlow): Promise<void> {
  const { body, headers } = response!;
  if (/text|javascript|json/.test(headers.get('content-type') ?? '')) body.setText(strip(await body.text()));
}

function strip(text: string): string {
  return text.replace(/https:\/\/[\w.-]+(:\d+)?/g, (origin) => {
    const { hostname, port } = new URL(origin);
    secure.set(`${hostname}:${port || 80}`, Number(port || 443));
    return origin.replace('https', 'http');
  });
}
