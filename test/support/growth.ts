import t from 'tap';

/** The name of a measurement, the size of the smaller input, and a function that prepares a run of a size. */
export type Case = readonly [what: string, size: number, prepare: (size: number) => () => unknown];

/** Linear growth is 8, quadratic 64. */
const FACTOR = 8;
const MAX_GROWTH = 24;
/** Least CPU time of a reliable measurement, in microseconds. */
const ENOUGH = 4_000;
/** A clear result needs fewer measurements than one near the limit. */
const CLEAR = 16;

/** Tests that 8 times the input takes about 8 times as long. */
export function growsLinearly(cases: readonly Case[]): void {
  for (const [what, size, prepare] of cases) {
    t.test(what, async (t) => {
      const growth = await growthOf(size, prepare);
      t.ok(growth <= MAX_GROWTH, `${FACTOR} times the input takes ${growth.toFixed(1)} times as long`);
    });
  }
}

/** The ratio of times for 8 times the input. A ratio that is not clearly linear is measured again. */
export async function growthOf(size: number, prepare: Case[2]): Promise<number> {
  const small = prepare(size);
  const large = prepare(size * FACTOR);
  // The larger input first: code that is not compiled yet would make the smaller one look slow, which hides growth.
  let most = await costOf(large, 1);
  let least = await costOf(small, 2);
  for (let round = 0; round < 3 && most / least > CLEAR; round++) {
    most = Math.min(most, await costOf(large, 3));
    least = Math.min(least, await costOf(small, 3));
  }
  return most / least;
}

/** Runs on a text with one part repeated. */
export function repeated(run: (text: string) => unknown, part: string, before = '', after = ''): Case[2] {
  return (size) => {
    const text = before + part.repeat(size) + after;
    return () => run(text);
  };
}

/** Returns an error as the result: invalid input may throw. */
export function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

/**
 * The CPU time of a run in microseconds: the minimum of several measurements, to exclude noise of the machine, each with enough
 * runs for the resolution of the clock.
 */
async function costOf(run: () => unknown, measurements: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let runs = 1, measured = 0; measured < measurements; ) {
    const before = process.cpuUsage();
    for (let round = 0; round < runs; round++) {
      const pending = run();
      if (pending instanceof Promise) await pending;
    }
    const { user, system } = process.cpuUsage(before);
    if (user + system < ENOUGH) {
      runs *= Math.min(16, Math.max(2, Math.ceil((1.2 * ENOUGH) / (user + system))));
      continue;
    }
    least = Math.min(least, (user + system) / runs);
    measured++;
  }
  return least;
}
