import { appendFileSync, copyFileSync, readFileSync, rmSync, statSync } from 'node:fs';
import { environment, NO_MITMDUMP, startContender, temporary } from '../harness/contenders.js';
import { sendRequests } from '../harness/load-own.js';
import { ANSWER, MISSING } from '../harness/origin.js';
import { Rounds } from '../harness/stats.js';
import type { Bench, Contender, Measurement, Row } from '../row.js';

const FLOWS = 200_000;
/** What is recorded live; the rest is the same again, as captures can be joined with `cat`. */
const RECORDED = 20_000;
/** mitmdump reads about a thousand a second. */
const MITMDUMP_FLOWS = 4_000;
const FILTER = '~c 200 & ~d 127';
/** Stands for the path of the output among the arguments. */
const OUT = '{out}';

/** Reading, filtering and writing a capture of small flows, of which the filter takes nine in ten. */
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
      const measurements: Measurement[] = [
        {
          ...(await compare(bench, 'read, filter, write (-q)', subjects, ['-q', ...rewrite])),
          goals: [{ atLeast: 100_000 }, { than: 'mitmdump', atLeast: 100, aim: 100 }],
        },
        await compare(bench, 'read, filter, write, print to /dev/null', subjects, rewrite),
        await compare(bench, 'read (-q)', subjects, ['-q']),
        { ...(await throughPipe(bench, ours)), goals: [{ atLeast: 50_000 }] },
      ];
      const notes = ['The time for a capture of one flow (start-up) is taken off on both sides.'];
      return { notes: bench.mitmdump ? notes : [...notes, NO_MITMDUMP], measurements };
    } finally {
      for (const { path, single } of subjects) {
        rmSync(path);
        rmSync(single);
      }
    }
  },
};

/** A capture and who reads it. */
interface Subject {
  contender: Contender;
  command: string[];
  path: string;
  flows: number;
  /** A capture of one such flow. */
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
    const running = await startContender(bench, contender);
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
  const command = tsdump ? [process.execPath, bench.tsdump] : [bench.mitmdump!];
  return { contender: tsdump ? 'tsdump' : 'mitmdump', command, path, flows: count * times, single };
}

/** Flows a second of each subject for `-nr CAPTURE` with these arguments, in turn. */
async function compare(bench: Bench, what: string, subjects: Subject[], args: string[]): Promise<Measurement> {
  const rates = new Rounds<Contender>();
  for (let round = 1; round <= bench.rounds; round++) {
    for (const subject of subjects) {
      bench.progress(`${subject.contender}: ${what}, round ${round}`);
      const [command, ...first] = subject.command;
      const rate = await flowsPerSecond(bench, subject, args.includes(OUT), (path, out) => {
        const rest = args.map((arg) => (arg === OUT ? out : arg));
        return bench.children.run(command!, [...first, '-nr', path, ...rest], {
          name: subject.contender,
          env: environment(bench),
        });
      });
      rates.add(subject.contender, rate);
    }
  }
  return { what, unit: 'flows/s', better: 'more', values: rates.values, rounds: rates.rounds };
}

/** `tsdump -nr CAPTURE -w - FILTER | tsdump -nr - -w OUT`, in a shell, so that the pipe is a real one. */
async function throughPipe(bench: Bench, subject: Subject): Promise<Measurement> {
  const what = 'read, filter, pipe to a second, write (-q)';
  const rates = new Rounds<Contender>();
  const script = '"$1" "$2" -q -nr "$3" -w - "$5" | "$1" "$2" -q -nr - -w "$4"';
  for (let round = 1; round <= bench.rounds; round++) {
    bench.progress(`${subject.contender}: ${what}, round ${round}`);
    const rate = await flowsPerSecond(bench, subject, true, (path, out) => {
      const args = ['-c', script, 'sh', ...subject.command, path, out, FILTER];
      return bench.children.run('/bin/sh', args, { name: 'sh', env: environment(bench), group: true });
    });
    rates.add(subject.contender, rate);
  }
  return { what, unit: 'flows/s', better: 'more', values: rates.values, rounds: rates.rounds };
}

type Run = (path: string, out: string) => Promise<number>;

/** @throws Error if flows are missing in what was written */
async function flowsPerSecond(bench: Bench, subject: Subject, writes: boolean, run: Run): Promise<number> {
  const out = temporary(bench, 'out');
  try {
    const startUp = await run(subject.single, out);
    const whole = await run(subject.path, out);
    // Nine in ten flows, and those are the larger ones.
    if (writes && statSync(out).size < statSync(subject.path).size * 0.9) {
      throw new Error(`${subject.contender} wrote ${statSync(out).size} of ${statSync(subject.path).size} bytes`);
    }
    return (subject.flows - 1) / (Math.max(whole - startUp, 1) / 1000);
  } finally {
    rmSync(out, { force: true });
  }
}
