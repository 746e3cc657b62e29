/**
 * The results of a run, in the terms of JUnit: checks of the command line, comparisons of a replay, responses of a server
 * replay. It is created at the end of the run; printers write it to files.
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
  /** Properties of the suite, in order; values are numbers or strings. */
  readonly properties: readonly ReportProperty[];
  /** Iterated more than once, because counts precede the cases. */
  readonly cases: Iterable<ReportCase>;
}

export interface ReportProperty {
  /** In snake_case, such as `requests_sent`. */
  readonly name: string;
  readonly value: number | string;
}

/** `failed`: the result is not the expected one. `error`: no result, for example because a connection failed. */
export type ReportOutcome = 'passed' | 'failed' | 'error' | 'skipped';

/** One check, or one compared flow. */
export interface ReportCase {
  /** For a flow: method and path. */
  readonly name: string;
  /** The group of the case, such as the host. */
  readonly group: string;
  readonly outcome: ReportOutcome;
  /** Seconds; undefined without a duration. */
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
