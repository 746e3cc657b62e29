import { available, type Running, startContender } from '../harness/contenders.js';
import { WARM_UP_SECONDS } from '../harness/load.js';
import { cpuSeconds } from '../harness/proc.js';
import { noteFailures, Rounds } from '../harness/stats.js';
import { loadTls } from '../harness/tls-load.js';
import { type Bench, type Contender, type Goal, type Measurement, PEERS, type Row } from '../row.js';

interface Kind {
  name: 'kept' | 'fresh';
  what: string;
  cpu: string;
  connections: number;
  goals: Goal[];
  cpuGoals: Goal[];
}

const KINDS: readonly Kind[] = [
  {
    name: 'kept',
    what: 'requests on kept connections',
    cpu: 'CPU for a request',
    connections: 32,
    goals: [{ than: 'mitmdump', atLeast: 12, aim: 18 }],
    cpuGoals: [],
  },
  {
    name: 'fresh',
    what: 'full handshakes, one request each',
    cpu: 'CPU for a handshake and its request',
    connections: 16,
    goals: [{ than: 'mitmdump', atLeast: 3.5, aim: 5 }],
    cpuGoals: [{ atMost: 2000 }],
  },
];

/** HTTPS through CONNECT, intercepted. Node generates the load, because wrk does not support proxies. */
export const https: Row = {
  name: 'https',
  title: 'HTTPS through CONNECT, intercepted, 1.1 KB answers',
  async run(bench) {
    const notes: string[] = [];
    const wanted = available(bench, ['tsdump', 'tsdump -w', 'mitmdump', ...PEERS]);
    const contenders: Running[] = [];
    const measurements: Measurement[] = [];
    try {
      for (const contender of wanted) contenders.push(await startContender(bench, contender, { insecure: true }));
      for (const kind of KINDS) measurements.push(...(await measure(bench, contenders, kind, notes)));
    } finally {
      for (const running of contenders) await running.discard();
    }
    return { notes, measurements };
  },
};

async function measure(bench: Bench, contenders: Running[], kind: Kind, notes: string[]): Promise<Measurement[]> {
  const rates = new Rounds<Contender>();
  const cpu = new Rounds<Contender>();
  for (let round = 0; round <= bench.rounds; round++) {
    for (const running of contenders) {
      bench.progress(`${running.contender}: ${kind.name}, ${round === 0 ? 'warm-up' : `round ${round}`}`);
      const before = running.child && cpuSeconds(running.child.pid);
      const { requests, failed, seconds } = await loadTls(
        bench,
        running.port,
        kind,
        round === 0 ? WARM_UP_SECONDS : bench.seconds,
      );
      const after = running.child && cpuSeconds(running.child.pid);
      if (round === 0) continue;
      rates.add(running.contender, requests / seconds);
      if (before !== undefined && after !== undefined) cpu.add(running.contender, ((after - before) / requests) * 1e6);
      noteFailures(running.contender, { requests, failed }, [rates, cpu], notes);
    }
  }
  const { what, goals, cpuGoals } = kind;
  return [
    { what, unit: '/s', better: 'more', values: rates.values, rounds: rates.rounds, goals },
    { what: kind.cpu, unit: 'µs', better: 'less', values: cpu.values, rounds: cpu.rounds, goals: cpuGoals },
  ];
}
