/**
 * Number of random cases: some, or all if `TSDUMP_TEST_LONG` is set. The first are the same in each run: what some find, each
 * run finds.
 */
export function rounds(some: number, all: number): number {
  return process.env.TSDUMP_TEST_LONG ? all : some;
}
