import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { available, type Running, startContender } from '../harness/contenders.js';
import { sendRequests } from '../harness/load-own.js';
import { ANSWER } from '../harness/origin.js';
import { currentRss } from '../harness/proc.js';
import { ownProgram } from '../harness/programs.js';
import { type Bench, type Contender, type Measurement, PEERS, type Row } from '../row.js';

const EARLY = 20_000;
const LATE = 200_000;
const CONNECTIONS = 32;
const MIB = 1024 * 1024;
/** A leaked flow costs kilobytes; smaller growth is noise of the garbage collection. */
const NOISE = 16;

/** Memory that ended flows retain, which should be none. */
export const memory: Row = {
  name: 'memory',
  title: 'Memory after flows that have ended, recorded',
  comparisonRounds: 3,
  async run(bench) {
    const [early, late] = bench.quick ? [EARLY / 100, LATE / 100] : [EARLY, LATE];
    const running = await startContender(bench, 'tsdump -w', {
      preload: pathToFileURL(ownProgram('memory-probe')).href,
    });
    try {
      bench.progress(`the first ${count(early)} flows`);
      await exchange(bench, running, early);
      const before = await remaining(running);
      bench.progress(`flows up to ${count(late)}`);
      await exchange(bench, running, late - early);
      const after = await remaining(running);
      const growth = ((after.kept - before.kept) * MIB) / (late - early);
      const peers = await residentSets(bench, [early, late]);
      return {
        notes: ['Heap and external memory are taken after a forced collection, with no connection open.'],
        measurements: [
          line(`heap and external after ${count(early)} flows`, 'MiB', before.kept),
          line(`heap and external after ${count(late)} flows`, 'MiB', after.kept),
          { ...line('growth for a flow', 'bytes', growth), goals: [{ atMost: NOISE }] },
          line(`RSS after ${count(early)} flows`, 'MiB', before.rss, peers[0]),
          line(`RSS after ${count(late)} flows`, 'MiB', after.rss, peers[1]),
        ],
      };
    } finally {
      await running.discard();
    }
  },
};

function count(flows: number): string {
  return flows.toLocaleString('en-US');
}

type Values = Partial<Record<Contender, number>>;

function line(what: string, unit: string, value: number, others: Values = {}): Measurement {
  return { what, unit, better: 'less', values: { ...others, 'tsdump -w': value } };
}

/** The resident sets of the peers after each number of flows. */
async function residentSets(bench: Bench, counts: readonly number[]): Promise<Values[]> {
  const sets: Values[] = counts.map(() => ({}));
  for (const peer of available(bench, PEERS)) {
    const running = await startContender(bench, peer);
    try {
      let done = 0;
      for (const [at, flows] of counts.entries()) {
        bench.progress(`${peer}: flows up to ${count(flows)}`);
        await exchange(bench, running, flows - done);
        done = flows;
        sets[at]![peer] = currentRss(running.child!.pid);
      }
    } finally {
      await running.discard();
    }
  }
  return sets;
}

async function exchange(bench: Bench, { port }: Running, count: number): Promise<void> {
  const host = `127.0.0.1:${bench.origin.port}`;
  const request = Buffer.from(`GET http://${host}${ANSWER} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await sendRequests({ port, connections: CONNECTIONS, requests: [request], count });
}

/** MiB in use after a collection, and the resident set before it. */
async function remaining({ child }: Running): Promise<{ kept: number; rss: number }> {
  const pipe = child!.process.stdio[3] as Readable;
  const rss = currentRss(child!.pid) ?? Number.NaN;
  const answer = once(pipe, 'data', { signal: AbortSignal.timeout(30_000) });
  child!.kill('SIGUSR2');
  const [text] = (await answer) as [Buffer];
  const { heapUsed, external } = JSON.parse(text.toString()) as NodeJS.MemoryUsage;
  return { kept: (heapUsed + external) / MIB, rss };
}
