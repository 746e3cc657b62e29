import { writeFileSync } from 'node:fs';
import { available, type Running, startContender, temporary } from '../harness/contenders.js';
import { WARM_UP_SECONDS } from '../harness/load.js';
import { ANSWER } from '../harness/origin.js';
import { cpuSeconds } from '../harness/proc.js';
import { Rounds } from '../harness/stats.js';
import type { Bench, Contender, Measurement, Row } from '../row.js';
import { SCRIPTS, type ScriptPair } from './addon-scripts.js';

const CONNECTIONS = 32;

/** A contender with one of the scripts, or without one. */
interface Loaded {
  readonly script: ScriptPair | undefined;
  readonly running: Running;
  readonly cpu: Rounds<Contender>;
}

/** What scripts cost: the load of explicit-http, recorded, through tsdump and mitmdump with the same scripts. */
export const addons: Row = {
  name: 'addons',
  title: `Scripts, HTTP, ${CONNECTIONS} kept connections, 1.1 KB answers`,
  async run(bench) {
    const contenders = available(bench, ['tsdump -w', 'mitmdump']);
    const loaded: Loaded[] = [];
    try {
      for (const script of [undefined, ...SCRIPTS]) {
        const cpu = new Rounds<Contender>();
        for (const contender of contenders) {
          loaded.push({
            script,
            cpu,
            running: await startContender(bench, contender, argsFor(bench, contender, script)),
          });
        }
      }
      // The first round is a warm-up. Scripts alternate, so that noise affects all of them.
      for (let round = 0; round <= bench.rounds; round++) {
        for (const one of loaded) {
          const name = `${one.running.contender}, ${one.script?.name ?? 'no script'}`;
          bench.progress(round === 0 ? `${name}: warm-up` : `${name}: round ${round}`);
          const used = await loadOnce(bench, one.running, round === 0 ? WARM_UP_SECONDS : bench.seconds);
          if (round > 0) one.cpu.add(one.running.contender, used);
        }
      }
    } finally {
      for (const { running } of loaded) await running.discard();
    }
    return { notes: [], measurements: measurementsOf(loaded) };
  },
};

function argsFor(bench: Bench, contender: Contender, script: ScriptPair | undefined): { args: string[] } {
  if (!script) return { args: [] };
  const isOurs = contender !== 'mitmdump';
  const path = `${temporary(bench, script.file)}.${isOurs ? 'mjs' : 'py'}`;
  writeFileSync(path, isOurs ? script.javascript : script.python);
  return { args: ['-s', path] };
}

/** CPU time per request, and its increase over a run without a script. */
function measurementsOf(loaded: readonly Loaded[]): Measurement[] {
  const without = loaded[0]!.cpu.values;
  const scripts = new Set(loaded.map(({ script }) => script));
  return [...scripts].flatMap((script): Measurement[] => {
    const { values, rounds } = loaded.find((one) => one.script === script)!.cpu;
    const what = `CPU for a request, ${script?.name ?? 'no script'}`;
    const goals = script ? [{ than: 'mitmdump', atLeast: 20, aim: 25 } as const] : [];
    const cpu: Measurement = { what, unit: 'µs', better: 'less', values, rounds, goals };
    if (!script) return [cpu];
    const entries = Object.entries(values) as [Contender, number][];
    const more = Object.fromEntries(
      entries.map(([contender, used]) => [contender, (used / without[contender]! - 1) * 100]),
    );
    return [
      cpu,
      { what: 'more than without', unit: '%', better: 'less', values: more, goals: [{ atMost: script.atMost }] },
    ];
  });
}

async function loadOnce(bench: Bench, { port, child }: Running, seconds: number): Promise<number | undefined> {
  const host = `127.0.0.1:${bench.origin.port}`;
  const before = cpuSeconds(child!.pid);
  const target = `http://${host}${ANSWER}`;
  const result = await bench.load.run({ port, target, host, connections: CONNECTIONS, seconds });
  const after = cpuSeconds(child!.pid);
  if (result.failed > 0) throw new Error(`${result.failed} of ${result.requests} requests failed`);
  return before === undefined || after === undefined ? undefined : ((after - before) / result.requests) * 1e6;
}
