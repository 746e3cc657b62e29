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
  /** Seconds of load before the first round. */
  warmUp: number;
  /** The CPU during the warm-up, if it is measured. */
  cold?: string;
  goals: Goal[];
  cpuGoals: Goal[];
}

const KINDS: readonly Kind[] = [
  {
    // First, as a process is cold only once. V8 has compiled the code of a handshake after some 2,000 of them.
    name: 'fresh',
    what: 'full handshakes, one request each',
    cpu: 'CPU for a handshake and its request',
    connections: 16,
    warmUp: 12,
    cold: 'the same in the first two seconds of a process',
    goals: [{ than: 'mitmdump', atLeast: 3.5, aim: 5 }],
    cpuGoals: [{ atMost: 2000 }],
  },
  {
    name: 'kept',
    what: 'requests on kept connections',
    cpu: 'CPU for a request',
    connections: 32,
    warmUp: WARM_UP_SECONDS,
    goals: [{ than: 'mitmdump', atLeast: 12, aim: 18 }],
    cpuGoals: [],
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
  const cold = new Rounds<Contender>();
  const load = async (running: Running, seconds: number, of: Rounds<Contender>) => {
    const before = running.child && cpuSeconds(running.child.pid);
    const result = await loadTls(bench, running.port, kind, seconds);
    const after = running.child && cpuSeconds(running.child.pid);
    if (before !== undefined && after !== undefined)
      of.add(running.contender, ((after - before) / result.requests) * 1e6);
    return result;
  };
  for (const running of contenders) {
    bench.progress(`${running.contender}: ${kind.name}, warm-up`);
    await load(running, WARM_UP_SECONDS, cold);
    const left = bench.quick ? 0 : kind.warmUp - WARM_UP_SECONDS;
    if (left > 0) await loadTls(bench, running.port, kind, left);
  }
  for (let round = 1; round <= bench.rounds; round++) {
    for (const running of contenders) {
      bench.progress(`${running.contender}: ${kind.name}, round ${round}`);
      const { requests, failed, seconds } = await load(running, bench.seconds, cpu);
      rates.add(running.contender, requests / seconds);
      noteFailures(running.contender, { requests, failed }, [rates, cpu], notes);
    }
  }
  const { what, goals, cpuGoals } = kind;
  const measurements: Measurement[] = [
    { what, unit: '/s', better: 'more', values: rates.values, rounds: rates.rounds, goals },
    { what: kind.cpu, unit: 'µs', better: 'less', values: cpu.values, rounds: cpu.rounds, goals: cpuGoals },
  ];
  if (kind.cold) {
    measurements.push({ what: kind.cold, unit: 'µs', better: 'less', values: cold.values, rounds: cold.rounds });
  }
  return measurements;
}
