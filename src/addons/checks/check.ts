import type { Addon } from '../../flow/hooks/hooks.js';
import type { ReportCase } from '../../flow/report.js';

/**
 * A check of a run, from `fail_on`, `expect` or `expect_latency`. It observes flows at their end, so it never holds messages.
 */
export interface Check extends Addon {
  /** The result, after the last flow. */
  conclude(): ReportCase;
}

/** Options that all checks have. */
export interface CheckOptions {
  /** The option with its value, as the user would write it. */
  title: string;
  /** The name of the option. */
  option: string;
  /** Show URLs with the host that the client named. */
  showHost: boolean;
}

/** Maximum number of flows that a result names. */
export const MAX_FLOWS = 10;

export type Sign = '<' | '<=' | '>' | '>=' | '=';

export function holds(value: number, sign: Sign, limit: number): boolean {
  switch (sign) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '=':
      return value === limit;
  }
}
