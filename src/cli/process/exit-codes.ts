/** Exit codes of the program; `docs/exit-codes.md` explains them. */
export const ExitCode = {
  /** Done; also after SIGINT and SIGTERM. */
  done: 0,
  /** A check requested on the command line failed. */
  checkFailed: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  /** The proxy could not listen or start. */
  start: 3,
  /** An input is damaged or cannot be read. */
  input: 4,
  /** An output could not be written. */
  output: 5,
  /** An error in tsdump itself (`EX_SOFTWARE` of sysexits.h). */
  internal: 70,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
