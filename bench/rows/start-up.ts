import { environment, temporary, tsdumpCommand } from '../harness/contenders.js';
import { freePort, untilListening } from '../harness/ports.js';
import { Rounds } from '../harness/stats.js';
import type { Bench, Contender, Row } from '../row.js';

const RUNS = 10;

/** Start-up time: of `--version`, and until the proxy accepts connections. */
export const startUp: Row = {
  name: 'start-up',
  title: 'Start-up',
  async run(bench) {
    const version = new Rounds<Contender>();
    const listening = new Rounds<Contender>();
    const programs: [Contender, [string, ...string[]]][] = [['tsdump', tsdumpCommand(bench)]];
    if (bench.mitmdump) programs.push(['mitmdump', [bench.mitmdump]]);
    const rounds = bench.quick || bench.comparing ? 1 : RUNS;

    // The first round fills the disk cache and creates files of a first start, such as keys.
    for (let round = 0; round <= rounds; round++) {
      for (const [contender, [command, ...args]] of programs) {
        bench.progress(round === 0 ? `${contender}: warm-up` : `${contender}: round ${round}`);
        const took = await bench.children.run(command, [...args, '--version'], {
          name: contender,
          env: environment(bench),
        });
        const ready = await timeToListening(bench, contender, command, args);
        if (round === 0) continue;
        version.add(contender, took);
        listening.add(contender, ready);
      }
    }
    const goals = [{ than: 'mitmdump', atLeast: 1, aim: 1 } as const];
    return {
      notes: [],
      measurements: [
        { what: '--version', unit: 'ms', better: 'less', values: version.values, rounds: version.rounds, goals },
        {
          what: 'start to listening',
          unit: 'ms',
          better: 'less',
          values: listening.values,
          rounds: listening.rounds,
          goals,
        },
      ],
    };
  },
};

/** Measured alike for both programs: until the port accepts a connection, tried every two milliseconds. */
async function timeToListening(bench: Bench, name: string, command: string, args: readonly string[]): Promise<number> {
  const port = await freePort();
  const options = ['--listen-host', '127.0.0.1', '-p', String(port), '-w', temporary(bench, 'start')];
  const start = performance.now();
  const child = bench.children.start(command, [...args, ...options], { name, env: environment(bench) });
  try {
    await untilListening(port, child);
    return performance.now() - start;
  } finally {
    await child.stop('SIGKILL');
  }
}
