import { rmSync } from 'node:fs';
import { environment, startContender, temporary, tsdumpCommand } from '../harness/contenders.js';
import { sendRequests } from '../harness/load-own.js';
import { ANSWER } from '../harness/origin.js';
import { childrenCpuSeconds } from '../harness/proc.js';
import { Rounds } from '../harness/stats.js';
import type { Bench, Contender, Row } from '../row.js';

const CONCURRENCY = 32;
const FLOWS = 40_000;
/** mitmdump replays a few hundred requests per second. */
const MITMDUMP_FLOWS = 2_000;

/** The requests of a capture are sent again, and recorded. */
export const replay: Row = {
  name: 'replay',
  title: `A capture sent again (-C), ${CONCURRENCY} requests at a time, 1.1 KB answers`,
  async run(bench) {
    const part = bench.quick ? 200 : 1;
    const subjects = [await record(bench, 'tsdump -w', FLOWS / part)];
    if (bench.mitmdump && !bench.comparing) subjects.push(await record(bench, 'mitmdump', MITMDUMP_FLOWS / part));
    const rates = new Rounds<Contender>();
    const cpu = new Rounds<Contender>();
    try {
      for (let round = 1; round <= bench.rounds; round++) {
        for (const subject of subjects) {
          bench.progress(`${subject.contender}: round ${round}`);
          const idle = await replayOnce(bench, subject, subject.single);
          const busy = await replayOnce(bench, subject, subject.path);
          rates.add(subject.contender, (subject.flows - 1) / Math.max(busy.seconds - idle.seconds, 0.001));
          if (busy.cpu === undefined || idle.cpu === undefined) continue;
          cpu.add(subject.contender, (Math.max(busy.cpu - idle.cpu, 0) / (subject.flows - 1)) * 1e6);
        }
      }
    } finally {
      for (const { path, single } of subjects) for (const file of [path, single]) rmSync(file);
    }
    return {
      notes: [
        'The time for a capture of one flow (start-up) is taken off. mitmdump sends with no limit (concurrency -1).',
      ],
      measurements: [
        {
          what: 'requests',
          unit: '/s',
          better: 'more',
          values: rates.values,
          rounds: rates.rounds,
          goals: [{ than: 'mitmdump', atLeast: 20, aim: 20 }],
        },
        { what: 'CPU for a request', unit: 'µs', better: 'less', values: cpu.values, rounds: cpu.rounds },
      ],
    };
  },
};

interface Subject {
  contender: 'tsdump -w' | 'mitmdump';
  path: string;
  flows: number;
  /** A capture of one flow. */
  single: string;
}

async function record(bench: Bench, contender: Subject['contender'], flows: number): Promise<Subject> {
  const host = `127.0.0.1:${bench.origin.port}`;
  const requests = [
    Buffer.from(`GET http://${host}${ANSWER} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: bench/1.0\r\n\r\n`),
  ];
  const captureOf = async (count: number): Promise<string> => {
    bench.progress(`${contender}: recording ${count} flows`);
    const running = await startContender({ ...bench, tsdump: bench.recorder }, contender);
    await sendRequests({ port: running.port, connections: CONCURRENCY, requests, count });
    await running.stop();
    return running.capture!;
  };
  return { contender, flows, single: await captureOf(1), path: await captureOf(flows) };
}

async function replayOnce(bench: Bench, { contender }: Subject, capture: string) {
  const out = temporary(bench, 'replayed');
  const [command, ...first] = contender === 'mitmdump' ? ([bench.mitmdump!] as const) : tsdumpCommand(bench);
  const how =
    contender === 'mitmdump'
      ? ['-p', '0', '--set', 'client_replay_concurrency=-1']
      : ['--replay-to', `http://127.0.0.1:${bench.origin.port}`, '--replay-concurrency', String(CONCURRENCY)];
  const before = childrenCpuSeconds();
  const took = await bench.children.run(command, [...first, '-C', capture, '-q', '-w', out, ...how], {
    name: contender,
    env: environment(bench),
  });
  const after = childrenCpuSeconds();
  rmSync(out, { force: true });
  return { seconds: took / 1000, cpu: before === undefined || after === undefined ? undefined : after - before };
}
