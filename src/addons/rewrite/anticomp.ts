import type { HttpFlow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';

/** Asks servers for content that is not compressed (RFC 9110 section 12.5.3). */
export class AntiComp implements Addon {
  readonly name = 'anticomp';

  requestHeaders({ request: { headers } }: HttpFlow): void {
    if (headers.get('accept-encoding') !== 'identity') headers.set('accept-encoding', 'identity');
  }
}
