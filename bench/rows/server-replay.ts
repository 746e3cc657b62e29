import { SpoolPolicy } from '../../src/flow/body/spool-policy.js';
import { ClientConnection, ServerConnection } from '../../src/flow/connection.js';
import { HttpFlow, releaseFlow } from '../../src/flow/flow.js';
import { HttpRequest } from '../../src/flow/http/http-request.js';
import { HttpResponse } from '../../src/flow/http/http-response.js';
import { AnswerFiles } from '../../src/replay/server/answers/answer-files.js';
import { readFlows } from '../../src/serialize/input/reader.js';
import { NativeWriter } from '../../src/serialize/native/native-writer.js';
import { FileSink } from '../../src/serialize/output/file-sink.js';
import { temporary } from '../harness/contenders.js';
import { Rounds } from '../harness/stats.js';
import type { Row } from '../row.js';

const FLOWS = 100_000;
const CONTENT = 'x'.repeat(1024);
/** Ready within this many times the time of reading the file. */
const MAX_RATIO = 1.4;

/** Making ready to answer from a capture, compared with reading it. */
export const serverReplay: Row = {
  name: 'server-replay',
  title: 'Answers from a capture of flows of 1 KB',
  // It runs the modules of this tree, in this process.
  comparisonRounds: 0,
  async run(bench) {
    const count = bench.quick ? FLOWS / 100 : FLOWS;
    const path = temporary(bench, 'answers.bin');
    await writeCapture(path, count);
    const policy = new SpoolPolicy({ dir: bench.dir });
    const ready = new Rounds<'tsdump'>();
    for (let round = 0; round <= bench.rounds; round++) {
      bench.progress(`round ${round}`);
      const reading = await timed(() => readFlows({ path }, { policy, onDamage: fail }, releaseFlow));
      const files = new AnswerFiles({ keys: KEYS, policy, strict: true, onDamage: fail, onAnswer: () => {} });
      const indexing = await timed(() => files.add({ path }));
      await files.close();
      if (round > 0) ready.add('tsdump', indexing / reading);
    }
    const what = `ready to answer from ${count} flows, in times of reading them`;
    const { values, rounds } = ready;
    return {
      notes: [],
      measurements: [{ what, unit: '', better: 'less', values, rounds, goals: [{ atMost: MAX_RATIO }] }],
    };
  },
};

const KEYS = {
  ignoreContent: false,
  ignoreHost: false,
  ignorePort: false,
  ignoreParams: new Set<string>(),
  ignorePayloadParams: new Set<string>(),
  useHeaders: [],
  bodyLimit: 1 << 24,
};

async function writeCapture(path: string, count: number): Promise<void> {
  const writer = new NativeWriter(await FileSink.open(path), { onError: fail });
  for (let number = 0; number < count; number++) {
    const request = HttpRequest.make('GET', `http://api.test/items/${number}?page=${number % 7}`);
    const flow = new HttpFlow(new ClientConnection(), new ServerConnection(), request, number);
    flow.response = HttpResponse.make(200, CONTENT);
    await writer.write(flow);
  }
  await writer.close();
}

/** Seconds of processor time. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

function fail(problem: Error | { message: string }): never {
  throw new Error(problem.message);
}
