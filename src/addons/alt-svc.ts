import type { HttpFlow } from '../flow/flow.js';
import type { Addon } from '../flow/hooks/hooks.js';

/**
 * In reverse mode, `Alt-Svc` (RFC 7838) would let clients bypass us. Its ports are replaced by ours, which do not serve HTTP/3,
 * so clients keep using their connection.
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
