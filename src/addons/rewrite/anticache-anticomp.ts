import type { HttpFlow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';

/** Removes the conditions of requests, so that a server cannot respond with 304 (RFC 9110 section 13.1). */
export class AntiCache implements Addon {
  readonly name = 'anticache';

  requestHeaders({ request: { headers } }: HttpFlow): void {
    headers.delete('if-none-match');
    headers.delete('if-modified-since');
  }
}

/** Asks servers for content that is not compressed (RFC 9110 section 12.5.3). */
export class AntiComp implements Addon {
  readonly name = 'anticomp';

  requestHeaders({ request: { headers } }: HttpFlow): void {
    if (headers.get('accept-encoding') !== 'identity') headers.set('accept-encoding', 'identity');
  }
}
