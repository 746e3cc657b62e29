import { open } from 'node:fs/promises';
import type { Test } from 'tap';
import { Tsdump } from '../../cli/tsdump.js';
import { runWarm } from '../../cli/warm.js';
import { until } from '../../support/until.js';
import { Load } from './load.js';
import { Origin } from './origin.js';
import { numbersIn } from './recording.js';

export interface Kills {
  /** The file into which all rounds record. */
  capture: string;
  /** Flags beside `-p 0 -w +FILE`. */
  args: readonly string[];
  rounds: number;
  clients: number;
  /** The message of the program about a file with an incomplete end. */
  damage: RegExp;
}

/** Small responses, and every tenth of the given size. */
export function startOrigin(t: Test, large: number): Promise<Origin> {
  return Origin.start(t, ({ target }, response) => {
    response.end(Buffer.alloc(Number(target.slice(1)) % 10 === 0 ? large : 1000, target));
  });
}

/**
 * Kills the program under load repeatedly. Flows that were answered a second before must be in the capture, or longer before if
 * the disk is slow, for which the program waits, or the machine is busy: what holds up the program holds up responses as well.
 */
export async function killUnderLoad(t: Test, origin: Origin, kills: Kills): Promise<void> {
  const { capture, args, rounds, clients, damage } = kills;
  const expected: number[] = [];
  let next = 0;
  for (let round = 1; round <= rounds; round++) {
    const program = new Tsdump(t, ['-p', '0', '--flow-detail', '0', '-w', `+${capture}`, ...args]);
    const load = new Load(await program.port(), (number) => origin.url(`/${number}`), clients, next);
    load.hurried = false;
    await until(() => load.lastsFor(1300), 'responses of some age');
    load.hurried = true;
    const count = load.answered.size;
    await until(() => load.answered.size > count + 20 * clients, 'responses under load');
    const sync = await syncTime(`${capture}.probe`);
    const age = (): number => 1000 + 3 * (sync + load.slowest());
    /** The responses that are old enough, now. */
    const old = (): number[] => {
      const before = performance.now() - age();
      return [...load.answered].filter(([, time]) => time < before).map(([number]) => number);
    };
    await until(() => old().length > 0, 'a response of the age');
    expected.push(...old());
    program.child.kill('SIGKILL');
    await program.ended;
    await load.stop();
    next = load.next;
    const { code, stderr } = await runWarm(['-nqr', capture]);
    t.ok([0, 4].includes(code!), `exit code ${code}`);
    if (code === 4) t.match(stderr, damage);
  }
  // What a round lost stays lost.
  const there = new Set(await numbersIn(capture));
  t.ok(expected.length > 0);
  t.same(
    expected.filter((number) => !there.has(number)),
    [],
    `${expected.length} of ${there.size} have to be there`,
  );
}

/** Milliseconds that the disk takes for a small file. */
async function syncTime(path: string): Promise<number> {
  const start = performance.now();
  const file = await open(path, 'w');
  await file.write('x');
  await file.sync();
  await file.close();
  return performance.now() - start;
}
