import { available, type Running, startContender } from '../harness/contenders.js';
import { WARM_UP_SECONDS } from '../harness/load.js';
import { ANSWER } from '../harness/origin.js';
import { cpuSeconds } from '../harness/proc.js';
import { noteFailures, Rounds } from '../harness/stats.js';
import { type Bench, type Contender, PEERS, type Row } from '../row.js';

const CONNECTIONS = 32;

/** Requests in absolute form over kept connections, each answered with 1.1 KB of JSON. */
export const explicitHttp: Row = {
  name: 'explicit-http',
  title: `Explicit HTTP, ${CONNECTIONS} kept connections, 1.1 KB answers`,
  async run(bench) {
    const notes: string[] = [];
    const rates = new Rounds<Contender>();
    const slowest = new Rounds<Contender>();
    const cpu = new Rounds<Contender>();
    const wanted = available(bench, ['direct', 'relay', 'tsdump', 'tsdump -w', 'mitmdump', ...PEERS]);

    const contenders: Running[] = [];
    try {
      for (const contender of wanted) contenders.push(await startContender(bench, contender));
      // The first round only warms up.
      for (let round = 0; round <= bench.rounds; round++) {
        for (const running of contenders) {
          bench.progress(round === 0 ? `${running.contender}: warm-up` : `${running.contender}: round ${round}`);
          const { result, cpuPerRequest } = await loadOnce(
            bench,
            running,
            round === 0 ? WARM_UP_SECONDS : bench.seconds,
          );
          if (round === 0) continue;
          rates.add(running.contender, result.rate);
          slowest.add(running.contender, result.p99);
          cpu.add(running.contender, cpuPerRequest);
          const { failed } = result;
          const load = { requests: result.requests - failed, failed };
          noteFailures(running.contender, load, [rates, slowest, cpu], notes);
        }
      }
    } finally {
      for (const running of contenders) await running.discard();
    }
    return {
      notes,
      measurements: [
        {
          what: 'requests',
          unit: '/s',
          better: 'more',
          values: rates.values,
          rounds: rates.rounds,
          goals: [
            { than: 'relay', atLeast: 0.6, aim: 0.75 },
            { than: 'mitmdump', atLeast: 20, aim: 30 },
          ],
        },
        { what: 'latency, 99 % below', unit: 'ms', better: 'less', values: slowest.values, rounds: slowest.rounds },
        { what: 'CPU for a request', unit: 'µs', better: 'less', values: cpu.values, rounds: cpu.rounds },
      ],
    };
  },
};

async function loadOnce(bench: Bench, { port, child }: Running, seconds: number) {
  const host = `127.0.0.1:${bench.origin.port}`;
  const before = child && cpuSeconds(child.pid);
  const result = await bench.load.run({
    port,
    target: `http://${host}${ANSWER}`,
    host,
    connections: CONNECTIONS,
    seconds,
  });
  const after = child && cpuSeconds(child.pid);
  const used = before === undefined || after === undefined ? undefined : after - before;
  const cpuPerRequest = used === undefined ? undefined : (used / result.requests) * 1e6;
  return { result, cpuPerRequest };
}
