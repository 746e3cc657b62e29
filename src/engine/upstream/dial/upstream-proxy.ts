import type { Via } from '../../../flow/connection.js';
import type { Credentials } from '../../../flow/hooks.js';

/** The proxy that connections to servers go through. */
export interface UpstreamProxy {
  readonly via: Via;
  /** What it is told; never shown. */
  readonly credentials: Credentials | undefined;
  /** Whether a host is connected to without it. */
  bypasses(host: string): boolean;
}
