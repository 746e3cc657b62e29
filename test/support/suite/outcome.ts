/** How a test file ended, as plain data. */
export interface Outcome {
  /** Assertions. */
  passed: number;
  failures: Failure[];
  skipped: Skipped[];
  /** Milliseconds. */
  time: number;
}

export interface Failure {
  /** Names of the tests around the assertion, and its own. */
  name: string;
  details: string;
}

export interface Skipped {
  name: string;
  reason: string;
}

/** What the process of a unit is sent: paths of compiled test files. */
export interface Work {
  files: string[];
}

/** What it sends about each of them. */
export type News = { began: string } | { ended: string; outcome: Outcome };
