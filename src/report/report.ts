/**
 * What a run checked or compared, in the terms of JUnit: checks of the command line, the comparison of a replay, the
 * answers of a capture. Writers turn it into files; it is made at the end of the run.
 */
export interface Report {
  readonly suites: readonly ReportSuite[];
}

/** The results of one feature, such as all checks. */
export interface ReportSuite {
  /** For example `checks` or `replay`. */
  readonly name: string;
  /** Seconds since the epoch. */
  readonly started: number;
  /** Seconds. */
  readonly duration: number;
  /** Figures and facts of the suite, in order; values are numbers or strings. */
  readonly properties: readonly ReportProperty[];
  /** Iterated more than once: counts come before the cases. */
  readonly cases: Iterable<ReportCase>;
}

export interface ReportProperty {
  /** In snake_case, such as `requests_sent`. */
  readonly name: string;
  readonly value: number | string;
}

/** `failed`: the result is not the expected one. `error`: there is no result, for example as a connection failed. */
export type ReportOutcome = 'passed' | 'failed' | 'error' | 'skipped';

/** One check, or one compared flow. */
export interface ReportCase {
  /** For a flow its method and path. */
  readonly name: string;
  /** What groups it, such as the host. */
  readonly group: string;
  readonly outcome: ReportOutcome;
  /** Seconds; undefined if it took no time of its own. */
  readonly duration?: number;
  /** A stable word for the kind of failure, such as `status` or `missing`. */
  readonly code?: string;
  /** One line. */
  readonly message?: string;
  /** Further lines: differences, or the flows that decided a check. */
  readonly details?: readonly string[];
}

export type OutcomeCounts = Readonly<Record<ReportOutcome, number>>;

export function countOutcomes({ cases }: ReportSuite): OutcomeCounts {
  const counts = { passed: 0, failed: 0, error: 0, skipped: 0 };
  for (const { outcome } of cases) counts[outcome]++;
  return counts;
}
