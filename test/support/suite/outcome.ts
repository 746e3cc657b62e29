/** The result of a test file, as plain data. */
export interface Outcome {
  /** Assertions. */
  passed: number;
  failures: Failure[];
  skipped: Skipped[];
  /** Milliseconds. */
  time: number;
  /** CPU time of the process and of the programs that it ran, in milliseconds. */
  cpu: number;
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

/** Message to the process of a unit: paths of compiled test files. */
export interface Work {
  files: string[];
}

/** Its message about each file. */
export type News = { began: string } | { ended: string; outcome: Outcome };
