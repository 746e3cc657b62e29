import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { LabelledWriter } from '../../../src/cli/workers/worker/labelled-writer.js';
import { RecordSink } from '../../../src/cli/workers/worker/record-sink.js';
import { FileSink } from '../../../src/serialize/output/file-sink.js';
import { WriteQueue } from '../../../src/serialize/output/write-queue.js';
import { readCapture } from '../../e2e/support/recording.js';
import { plainHttpFlow } from '../../serialize/sample-flows.js';
import { folder } from '../../support/folder.js';
import { Random } from '../../support/random.js';
import { rounds } from '../../support/rounds.js';
import { until } from '../../support/until.js';

interface Pair {
  readonly sink: RecordSink;
  readonly parent: Socket;
  /** The file that takes what the parent has not acknowledged. */
  readonly rest: string;
  /** Bytes that the parent has received. */
  received(): number;
}

async function connected(t: Test): Promise<Pair> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const socket = connect(port, '127.0.0.1');
  const [parent] = (await once(server, 'connection')) as [Socket];
  t.teardown(() => {
    server.close();
    parent.destroy();
    socket.destroy();
  });
  let bytes = 0;
  parent.on('error', () => {});
  parent.on('data', (chunk) => {
    bytes += chunk.length;
  });
  const rest = join(folder(t), 'rest');
  return { sink: new RecordSink(socket, () => FileSink.open(rest)), parent, rest, received: () => bytes };
}

function acknowledge({ parent, received }: Pair): void {
  const message = Buffer.alloc(8);
  message.writeDoubleLE(received());
  parent.write(message);
}

const failed = (error: Error): never => {
  throw error;
};
const options = { onError: failed, id: Buffer.from('a writer'), workers: 1 };

t.test('flows count as written when the parent has acknowledged them', async (t) => {
  const pair = await connected(t);
  const writer = new LabelledWriter(pair.sink, options);
  void writer.write(plainHttpFlow());
  let flushed = false;
  void writer.flushed().then(() => {
    flushed = true;
  });
  await until(() => pair.received() > 0, 'the record');
  t.notOk(flushed);
  acknowledge(pair);
  await until(() => flushed, 'the acknowledgement');
  await writer.close();
  t.equal(pair.received(), pair.sink.size);
});

t.test('what was not acknowledged when the parent goes is written to a file, and so is what comes later', async (t) => {
  const pair = await connected(t);
  const writer = new LabelledWriter(pair.sink, options);
  const flows = [plainHttpFlow(), plainHttpFlow(), plainHttpFlow()];
  void writer.write(flows[0]!);
  await until(() => pair.received() > 0, 'the record');
  acknowledge(pair);
  await writer.flushed();
  const before = pair.received();
  void writer.write(flows[1]!);
  await until(() => pair.received() > before, 'the second record');
  pair.parent.destroy();
  void writer.write(flows[2]!);
  await writer.close();
  const saved = await readCapture(pair.rest);
  t.same(
    saved.map(({ flow }) => flow.id),
    flows.slice(1).map(({ id }) => id),
  );
});

t.test('records are sent without waiting for the acknowledgement of earlier ones', async (t) => {
  const pair = await connected(t);
  const queue = new WriteQueue(pair.sink, { onError: failed });
  for (const text of ['one ', 'two ', 'three ']) {
    const before = pair.received();
    queue.add(Buffer.from(text));
    queue.commit();
    await until(() => pair.received() === before + text.length, text);
  }
  let isDrained = false;
  const drained = queue.drained().then(() => {
    isDrained = true;
  });
  await new Promise(setImmediate);
  t.notOk(isDrained, 'they are kept');
  acknowledge(pair);
  await drained;
});

t.test(
  'whenever the parent goes, the rest begins with a flow that it has not acknowledged, and is complete',
  async (t) => {
    for (let seed = 1; seed <= rounds(30, 300); seed++) {
      const random = new Random(seed);
      const pair = await connected(t);
      const queue = new WriteQueue(pair.sink, { onError: failed });
      const starts: number[] = [];
      let content = '';
      let acknowledged = 0;
      const end = random.below(40);
      for (let at = 0; at < 40; at++) {
        if (at === end) pair.parent.destroy();
        starts.push(content.length);
        const flow = `<${at} ${'x'.repeat(random.below(2000))}>`;
        content += flow;
        if (random.below(4) > 0) {
          queue.add(Buffer.from(flow));
          queue.commit();
        } else {
          queue.add(Buffer.from(flow.slice(0, 1)));
          void queue.run(async (write) => {
            const middle = random.below(flow.length);
            await write(Buffer.from(flow.slice(1, 1 + middle)));
            await new Promise(setImmediate);
            await write(Buffer.from(flow.slice(1 + middle)));
          });
        }
        if (random.below(3) === 0) await new Promise(setImmediate);
        if (random.below(3) === 0 && at < end) {
          acknowledged = pair.received();
          acknowledge(pair);
        }
      }
      await queue.drained();
      await pair.sink.close();
      const rest = existsSync(pair.rest) ? readFileSync(pair.rest, 'latin1') : '';
      const from = content.length - rest.length;
      t.ok(content.endsWith(rest) && starts.includes(from), `seed ${seed}: it begins with a flow`);
      t.ok(from <= Math.max(0, ...starts.filter((start) => start <= acknowledged)), `seed ${seed}: nothing is missing`);
    }
  },
);
