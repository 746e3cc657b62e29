import { appendFileSync, copyFileSync, readFileSync, rmSync, statSync } from 'node:fs';
import { environment, pinned, startContender, temporary, tsdumpCommand } from '../harness/contenders.js';
import { sendRequests } from '../harness/load-own.js';
import { ANSWER, MISSING } from '../harness/origin.js';
import { childrenCpuSeconds } from '../harness/proc.js';
import { Rounds } from '../harness/stats.js';
import type { Bench, Contender, Goal, Measurement, Row } from '../row.js';

const FLOWS = 200_000;
/** Flows that are recorded live; the rest are copies, because captures can be joined with `cat`. */
const RECORDED = 20_000;
/** mitmdump reads about a thousand flows per second. */
const MITMDUMP_FLOWS = 4_000;
const FILTER = '~c 200 & ~d 127';
/** Placeholder for the output path in the arguments. */
const OUT = '{out}';

/** Reading, filtering and writing a capture of small flows, of which nine in ten match the filter. */
export const capture: Row = {
  name: 'capture',
  title: 'A capture of 1 KB flows',
  async run(bench) {
    const part = bench.quick ? 200 : 1;
    const ours = await record(bench, 'tsdump -w', Math.min(RECORDED, FLOWS) / part, FLOWS / RECORDED);
    const theirs = bench.mitmdump ? await record(bench, 'mitmdump', MITMDUMP_FLOWS / part, 1) : undefined;
    const subjects = theirs ? [ours, theirs] : [ours];
    try {
      const rewrite = ['-w', OUT, FILTER];
      const goals: Goal[] = [{ atLeast: 100_000 }, { than: 'mitmdump', atLeast: 100, aim: 100 }];
      return {
        notes: ['The time for a capture of one flow (start-up) is taken off on both sides.'],
        measurements: [
          ...(await inTurn(bench, 'read, filter, write (-q)', subjects, ['-q', ...rewrite], goals)),
          ...(await inTurn(bench, 'read, filter, write, print to /dev/null', subjects, rewrite)),
          ...(await inTurn(bench, 'read (-q)', subjects, ['-q'])),
          ...(await throughPipe(bench, ours)),
        ],
      };
    } finally {
      for (const { path, single } of subjects) {
        rmSync(path);
        rmSync(single);
      }
    }
  },
};

/** A capture and the program that reads it. */
interface Subject {
  contender: Contender;
  command: [string, ...string[]];
  path: string;
  flows: number;
  /** A capture of one flow. */
  single: string;
}

/** Records flows, one in ten of them a 404, and joins the result with itself. */
async function record(
  bench: Bench,
  contender: 'tsdump -w' | 'mitmdump',
  count: number,
  times: number,
): Promise<Subject> {
  const host = `127.0.0.1:${bench.origin.port}`;
  const request = (path: string) =>
    Buffer.from(
      `GET http://${host}${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: bench/1.0\r\n` +
        'Accept: application/json\r\nAccept-Encoding: gzip\r\nAuthorization: Bearer 0123456789abcdef\r\n\r\n',
    );
  const requests = [MISSING, ...Array.from({ length: 9 }, () => ANSWER)].map(request);
  const captureOf = async (number: number) => {
    bench.progress(`${contender}: recording ${number} flows`);
    const running = await startContender({ ...bench, tsdump: bench.recorder }, contender);
    await sendRequests({ port: running.port, connections: 16, requests, count: number });
    await running.stop();
    return running.capture!;
  };
  const single = await captureOf(1);
  const once = await captureOf(count);
  const path = temporary(bench, 'joined');
  copyFileSync(once, path);
  const bytes = readFileSync(once);
  for (let time = 1; time < times; time++) appendFileSync(path, bytes);
  rmSync(once);
  const tsdump = contender === 'tsdump -w';
  return {
    contender: tsdump ? 'tsdump' : 'mitmdump',
    command: tsdump ? tsdumpCommand(bench) : [bench.mitmdump!],
    path,
    flows: count * times,
    single,
  };
}

/** Rate and CPU of each subject for `-nr CAPTURE` with these arguments, in turn. */
async function inTurn(bench: Bench, what: string, subjects: Subject[], args: string[], goals?: Goal[]) {
  const rates = new Rounds<Contender>();
  const cpu = new Rounds<Contender>();
  for (let round = 1; round <= bench.rounds; round++) {
    for (const subject of subjects) {
      bench.progress(`${subject.contender}: ${what}, round ${round}`);
      const [command, ...first] = subject.command;
      const result = await throughput(subject, args.includes(OUT), bench, (path, out) => {
        const rest = args.map((arg) => (arg === OUT ? out : arg));
        return bench.children.run(command, [...first, '-nr', path, ...rest], {
          name: subject.contender,
          env: environment(bench),
        });
      });
      rates.add(subject.contender, result.rate);
      cpu.add(subject.contender, result.cpu);
    }
  }
  return lines(what, rates, cpu, goals);
}

/** `tsdump -nr CAPTURE -w - FILTER | tsdump -nr - -w OUT`, in a shell, so that the pipe is a real one. */
async function throughPipe(bench: Bench, subject: Subject) {
  const what = 'read, filter, pipe to a second, write (-q)';
  const rates = new Rounds<Contender>();
  const cpu = new Rounds<Contender>();
  const script = '"$1" "$2" -q -nr "$3" -w - "$5" | "$1" "$2" -q -nr - -w "$4"';
  for (let round = 1; round <= bench.rounds; round++) {
    bench.progress(`${subject.contender}: ${what}, round ${round}`);
    const result = await throughput(subject, true, bench, (path, out) => {
      const programs = [process.execPath, bench.tsdump];
      const [command, ...args] = pinned(bench, ['/bin/sh', '-c', script, 'sh', ...programs, path, out, FILTER]);
      return bench.children.run(command, args, { name: 'sh', env: environment(bench), group: true });
    });
    rates.add(subject.contender, result.rate);
    cpu.add(subject.contender, result.cpu);
  }
  return lines(what, rates, cpu, [{ atLeast: 50_000 }]);
}

function lines(what: string, rates: Rounds<Contender>, cpu: Rounds<Contender>, goals?: Goal[]): Measurement[] {
  return [
    { what, unit: 'flows/s', better: 'more', values: rates.values, rounds: rates.rounds, goals },
    { what: `${what}: CPU for a flow`, unit: 'µs', better: 'less', values: cpu.values, rounds: cpu.rounds },
  ];
}

/** @returns flows a second and microseconds of CPU for one @throws Error if flows are missing in what was written */
async function throughput(
  { contender, path, flows, single }: Subject,
  writes: boolean,
  bench: Bench,
  run: (path: string, out: string) => Promise<number>,
): Promise<{ rate: number; cpu: number | undefined }> {
  const out = temporary(bench, 'out');
  try {
    const cpuBefore = childrenCpuSeconds();
    const startUp = await run(single, out);
    const cpuOfStartUp = childrenCpuSeconds();
    const whole = await run(path, out);
    const cpuAfter = childrenCpuSeconds();
    // Nine in ten flows, and those are the larger ones.
    if (writes && statSync(out).size < statSync(path).size * 0.9) {
      throw new Error(`${contender} wrote ${statSync(out).size} of ${statSync(path).size} bytes`);
    }
    const rate = (flows - 1) / (Math.max(whole - startUp, 1) / 1000);
    if (cpuBefore === undefined || cpuOfStartUp === undefined || cpuAfter === undefined)
      return { rate, cpu: undefined };
    const seconds = cpuAfter - cpuOfStartUp - (cpuOfStartUp - cpuBefore);
    return { rate, cpu: (Math.max(seconds, 0) / (flows - 1)) * 1e6 };
  } finally {
    rmSync(out, { force: true });
  }
}
