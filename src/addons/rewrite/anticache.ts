import type { HttpFlow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';

/** Removes from requests what lets a server answer that nothing has changed (RFC 9110 section 13.1). */
export class AntiCache implements Addon {
  readonly name = 'anticache';

  requestHeaders({ request: { headers } }: HttpFlow): void {
    headers.delete('if-none-match');
    headers.delete('if-modified-since');
  }
}
