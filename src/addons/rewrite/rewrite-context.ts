import type { Log } from '../../flow/log.js';

/** What the addons that rewrite flows work with. */
export interface RewriteContext {
  readonly log: Log;
  /** Of tsdump, for responses that it makes. */
  readonly version: string;
  /** Decoded bytes of a body that filters see at most. */
  readonly bodySearchLimit: number;
  /** Whether an addon before this one waits for whole requests, so that this one has to. */
  readonly isLate: boolean;
}
