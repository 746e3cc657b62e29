import { available, type Running, startContender } from '../harness/contenders.js';
import { WARM_UP_SECONDS } from '../harness/load.js';
import { ANSWER } from '../harness/origin.js';
import { cpuSeconds, currentRss } from '../harness/proc.js';
import { Rounds } from '../harness/stats.js';
import { loadTls } from '../harness/tls-load.js';
import type { Bench, Contender, Goal, Measurement, Row } from '../row.js';

/** The last one is near the limit of open files, as a proxy has two sockets for each. */
const CONNECTIONS = [1, 32, 512, 2000, 8000];
/** Bytes of a body. */
const SIZES = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];
const BODY_CONNECTIONS = 8;
const HANDSHAKES = 16;
const NAMES = [
  { name: 'fresh', what: 'one server name' },
  { name: 'names', what: 'another server name for each' },
] as const;

/** How the cost of a request grows with connections, the size of bodies, and the number of server names. */
export const growth: Row = {
  name: 'growth',
  title: 'Growth, recorded',
  comparisonRounds: 3,
  async run(bench) {
    const notes: string[] = [];
    const measurements: Measurement[] = [];
    for (const connections of bench.quick ? CONNECTIONS.slice(0, 2) : CONNECTIONS) {
      const goals: Goal[] | undefined =
        connections === 2000 ? [{ than: 'relay', atLeast: 1 / 4, aim: 1 / 4 }] : undefined;
      const load = { path: ANSWER, connections };
      measurements.push(...(await measure(bench, `${count(connections)} connections`, load, notes, goals)));
    }
    for (const size of bench.quick ? SIZES.slice(0, 2) : SIZES) {
      const load = { path: bench.origin.body(size), connections: BODY_CONNECTIONS };
      measurements.push(...(await measure(bench, `bodies of ${count(size / 1000)} KB`, load, notes)));
    }
    measurements.push(...(await measureNames(bench)));
    return { notes: [...new Set(notes)], measurements };
  },
};

function count(number: number): string {
  return number.toLocaleString('en-US');
}

interface Load {
  path: string;
  connections: number;
}

async function measure(bench: Bench, what: string, load: Load, notes: string[], slowestGoals?: Goal[]) {
  const rates = new Rounds<Contender>();
  const slowest = new Rounds<Contender>();
  const cpu = new Rounds<Contender>();
  for (const contender of available(bench, ['relay', 'tsdump -w'])) {
    const running = await startContender(bench, contender);
    try {
      for (let round = 0; round <= bench.rounds; round++) {
        bench.progress(`${contender}: ${what}, ${round === 0 ? 'warm-up' : `round ${round}`}`);
        const { result, perRequest } = await loadOnce(
          bench,
          running,
          load,
          round === 0 ? WARM_UP_SECONDS : bench.seconds,
        );
        if (round === 0) continue;
        if (result.failed > 0) notes.push(`${contender}: ${result.failed} of ${result.requests} failed (${what}).`);
        rates.add(contender, result.rate);
        slowest.add(contender, result.p99);
        if (perRequest !== undefined) cpu.add(contender, perRequest);
      }
    } finally {
      await running.discard();
    }
  }
  return [
    line(`${what}: requests`, '/s', 'more', rates),
    line(`${what}: latency, 99 % below`, 'ms', 'less', slowest, slowestGoals),
    line(`${what}: CPU for a request`, 'µs', 'less', cpu),
  ];
}

async function loadOnce(bench: Bench, { port, child }: Running, { path, connections }: Load, seconds: number) {
  const host = `127.0.0.1:${bench.origin.port}`;
  const before = child && cpuSeconds(child.pid);
  const result = await bench.load.run({ port, target: `http://${host}${path}`, host, connections, seconds });
  const after = child && cpuSeconds(child.pid);
  const used = before === undefined || after === undefined ? undefined : after - before;
  return { result, perRequest: used === undefined ? undefined : (used / result.requests) * 1e6 };
}

/** Full handshakes; each new server name needs a certificate. */
async function measureNames(bench: Bench): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const { name, what } of NAMES) {
    const cpu = new Rounds<Contender>();
    const memory = new Rounds<Contender>();
    for (const contender of available(bench, ['tsdump -w'])) {
      const running = await startContender(bench, contender, { insecure: true });
      try {
        for (let round = 0; round <= bench.rounds; round++) {
          bench.progress(`${contender}: ${what}, ${round === 0 ? 'warm-up' : `round ${round}`}`);
          const { pid } = running.child!;
          const before = cpuSeconds(pid);
          const load = { name, connections: HANDSHAKES };
          const seconds = round === 0 ? WARM_UP_SECONDS : bench.seconds;
          const { requests } = await loadTls(bench, running.port, load, seconds);
          const after = cpuSeconds(pid);
          if (round === 0 || before === undefined || after === undefined) continue;
          cpu.add(contender, ((after - before) / requests) * 1e6);
          memory.add(contender, currentRss(pid));
        }
      } finally {
        await running.discard();
      }
    }
    measurements.push(line(`handshakes, ${what}: CPU for one`, 'µs', 'less', cpu));
    measurements.push(line(`handshakes, ${what}: RSS`, 'MiB', 'less', memory));
  }
  return measurements;
}

function line(
  what: string,
  unit: string,
  better: Measurement['better'],
  { values, rounds }: Rounds<Contender>,
  goals?: Goal[],
): Measurement {
  return { what, unit, better, values, rounds, goals };
}
