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
