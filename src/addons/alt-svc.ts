import type { HttpFlow } from '../flow/flow.js';
import type { Addon } from '../flow/hooks.js';

/**
 * In reverse mode a server that names other ways to itself (`Alt-Svc`, RFC 7838) would lead clients past us. Its ports
 * become ours, at which nothing speaks HTTP/3, so that clients stay with what they have.
 */
export class AltSvc implements Addon {
  readonly name = 'alt_svc';

  responseHeaders({ client, response }: HttpFlow): void {
    if (!response?.headers.has('alt-svc') || !client.mode.toLowerCase().startsWith('reverse:')) return;
    const value = response.headers.get('alt-svc')!;
    const port = client.local?.[1];
    if (port !== undefined) response.headers.set('Alt-Svc', value.replace(/="[^"]*:\d{1,5}"/g, `=":${port}"`));
  }
}
