import type { Via } from '../../../flow/connection.js';
import type { Credentials } from '../../../flow/hooks/hooks.js';

/** The proxy for connections to servers. */
export interface UpstreamProxy {
  readonly via: Via;
  /** Its credentials; never shown. */
  readonly credentials: Credentials | undefined;
  /** Whether a host is reached without it. */
  bypasses(host: string): boolean;
}
