import type { Addon } from '../../flow/hooks/hooks.js';
import type { ReportCase } from '../../report/report.js';

/** Something that a run is checked for. It sees flows at their end, and holds nothing. */
export interface Check extends Addon {
  /** The result, after the last flow. */
  conclude(): ReportCase;
}

/** What all checks have. */
export interface CheckOptions {
  /** The option with its value, as the user would write it. */
  title: string;
  /** The name of the option. */
  option: string;
  /** Show URLs with the host that the client named. */
  showHost: boolean;
}

/** Most flows that a result names. */
export const MOST_FLOWS = 10;

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
