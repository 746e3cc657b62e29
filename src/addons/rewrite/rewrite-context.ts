import type { Log } from '../../flow/log.js';

/** Shared settings of the addons that rewrite flows. */
export interface RewriteContext {
  readonly log: Log;
  /** Of tsdump, for responses that it makes. */
  readonly version: string;
  /** Maximum number of decoded bytes of a body that filters search. */
  readonly bodySearchLimit: number;
  /** Whether an earlier addon waits for whole requests. Then this one has to wait, too, to keep the order. */
  readonly isLate: boolean;
}
