import { available, type Running, startContender } from '../harness/contenders.js';
import { WARM_UP_SECONDS } from '../harness/load.js';
import { cpuSeconds } from '../harness/proc.js';
import { ownProgram } from '../harness/programs.js';
import { Rounds } from '../harness/stats.js';
import { exchangeMessages } from '../harness/websocket-load.js';
import type { Bench, Contender, Goal, Measurement, Row } from '../row.js';

interface Case {
  name: string;
  size: number;
  connections: number;
  what: 'CPU' | 'rate';
  goals: Goal[];
}

const CASES: readonly Case[] = [
  {
    name: '100 B messages over 32 connections',
    size: 100,
    connections: 32,
    what: 'CPU',
    // Times less than that of the contender.
    goals: [
      { than: 'relay', atLeast: 0.4, aim: 0.59 },
      { than: 'mitmdump', atLeast: 20, aim: 20 },
    ],
  },
  {
    name: '1 MB messages over 4 connections',
    size: 1e6,
    connections: 4,
    what: 'rate',
    goals: [{ than: 'relay', atLeast: 0.6, aim: 0.6 }],
  },
];

/** Messages that a server sends back, recorded. */
export const websocket: Row = {
  name: 'websocket',
  title: 'WebSocket, messages and their echo',
  async run(bench) {
    const server = bench.children.start(process.execPath, [ownProgram('websocket-origin')], {
      name: 'WebSocket origin',
    });
    const notes: string[] = [];
    try {
      const target = Number((await server.waitFor(/listening at \S+:(\d+)/))[1]);
      const measurements: Measurement[] = [];
      for (const one of CASES) measurements.push(await measure(bench, one, target));
      return { notes, measurements };
    } finally {
      await server.stop('SIGKILL');
    }
  },
};

async function measure(bench: Bench, one: Case, target: number): Promise<Measurement> {
  const values = new Rounds<Contender>();
  const contenders: Running[] = [];
  try {
    for (const contender of available(bench, ['relay', 'tsdump', 'tsdump -w', 'mitmdump'])) {
      contenders.push(await startContender(bench, contender, { target }));
    }
    // The first round only warms up.
    for (let round = 0; round <= bench.rounds; round++) {
      for (const running of contenders) {
        bench.progress(`${running.contender}: ${one.name}, ${round === 0 ? 'warm-up' : `round ${round}`}`);
        const value = await exchange(running, one, target, round === 0 ? WARM_UP_SECONDS : bench.seconds);
        if (round > 0) values.add(running.contender, value);
      }
    }
  } finally {
    for (const running of contenders) await running.discard();
  }
  const shared = { values: values.values, rounds: values.rounds, goals: one.goals };
  if (one.what === 'rate') return { what: one.name, unit: '/s', better: 'more', ...shared };
  return { what: `${one.name}: CPU for one and its echo`, unit: 'µs', better: 'less', ...shared };
}

/** @returns messages a second, or the microseconds of processor time for one and its echo */
async function exchange({ port, child }: Running, one: Case, target: number, seconds: number): Promise<number> {
  const { size, connections, what } = one;
  const before = cpuSeconds(child!.pid);
  const start = performance.now();
  const count = await exchangeMessages({ port, host: `127.0.0.1:${target}`, connections, size, seconds });
  if (what === 'rate') return (count / (performance.now() - start)) * 1000;
  const after = cpuSeconds(child!.pid);
  return ((after! - before!) / count) * 1e6;
}
