import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { download } from '../harness/client.js';
import { available, type Running, startContender } from '../harness/contenders.js';
import { peakRss } from '../harness/proc.js';
import { Rounds } from '../harness/stats.js';
import { type Bench, type Contender, type Goal, type Measurement, PEERS, type Row } from '../row.js';

const MB = 1e6;
const CAPTURE_DEADLINE = 30_000;

interface Case {
  /** Megabytes (10^6 bytes) of one body. */
  megabytes: number;
  /** Concurrent downloads. */
  parallel: number;
  contenders: readonly Contender[];
  /** Upper bound of the peak resident set. */
  goals?: Goal[];
}

const CASES: readonly Case[] = [
  // mitmdump 8 takes minutes for the large one.
  { megabytes: 20, parallel: 1, contenders: ['direct', 'relay', 'tsdump -w', 'mitmdump'] },
  { megabytes: 100, parallel: 1, contenders: ['direct', 'relay', 'tsdump -w', ...PEERS], goals: [{ atMost: 150 }] },
  { megabytes: 100, parallel: 10, contenders: ['direct', 'relay', 'tsdump -w'], goals: [{ atMost: 200 }] },
];

/** Large recorded bodies: time to the first byte, total time, and peak memory. */
export const largeBody: Row = {
  name: 'large-body',
  title: 'Large bodies, recorded',
  comparisonRounds: 5,
  async run(bench) {
    const notes: string[] = [];
    const measurements: Measurement[] = [];
    for (const one of CASES) measurements.push(...(await measure(bench, one, notes)));
    return { notes: [...new Set(notes)], measurements };
  },
};

async function measure(bench: Bench, { megabytes, parallel, contenders, goals }: Case, notes: string[]) {
  const size = (megabytes * MB) / (bench.quick ? 100 : 1);
  const firstByte = new Rounds<Contender>();
  const total = new Rounds<Contender>();
  const memory = new Rounds<Contender>();
  for (let round = 1; round <= bench.rounds; round++) {
    for (const contender of available(bench, contenders)) {
      bench.progress(`${contender}: ${parallel} × ${size / MB} MB, round ${round}`);
      // A new process each time, because its memory peak cannot be reset.
      const running = await startContender(bench, contender);
      try {
        const start = performance.now();
        const downloads = await downloadAll(bench, running, size, parallel);
        total.add(contender, performance.now() - start);
        firstByte.add(contender, Math.max(...downloads.map((one) => one.firstByte)));
        if (!(await captured(running, size * parallel))) notes.push(`${contender} did not record the whole body.`);
        memory.add(contender, running.child && peakRss(running.child.pid));
      } finally {
        await running.discard();
      }
    }
  }
  const name = parallel === 1 ? `${megabytes} MB` : `${parallel} × ${megabytes} MB at once`;
  const times: Measurement[] = [
    { what: `${name}: first byte`, unit: 'ms', better: 'less', values: firstByte.values, rounds: firstByte.rounds },
    { what: `${name}: all of it`, unit: 'ms', better: 'less', values: total.values, rounds: total.rounds },
  ];
  if (memory.empty) {
    notes.push('Memory is only known where there is a /proc.');
    return times;
  }
  const peak: Measurement = { what: `${name}: peak RSS`, unit: 'MiB', better: 'less', values: memory.values };
  return [...times, { ...peak, rounds: memory.rounds, goals }];
}

function downloadAll(bench: Bench, { port }: Running, size: number, parallel: number) {
  const host = `127.0.0.1:${bench.origin.port}`;
  const target = `http://${host}${bench.origin.body(size)}`;
  return Promise.all(Array.from({ length: parallel }, () => download(port, target, host, size)));
}

/** Waits until the capture contains the bodies, because writing them may cost memory, too. */
async function captured({ capture }: Running, bytes: number): Promise<boolean> {
  if (!capture) return true;
  for (const deadline = performance.now() + CAPTURE_DEADLINE; performance.now() < deadline; await sleep(20)) {
    if ((statSync(capture, { throwIfNoEntry: false })?.size ?? 0) >= bytes) return true;
  }
  return false;
}
