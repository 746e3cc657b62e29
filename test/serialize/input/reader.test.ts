import { execFileSync } from 'node:child_process';
import { existsSync, openSync, readdirSync, readlinkSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import t from 'tap';
import { type Flow, type HttpFlow, releaseFlow } from '../../../src/flow/flow.js';
import { readFlows } from '../../../src/serialize/input/reader.js';
import { until } from '../../support/until.js';
import { describeFlows, policy, readAll, toBytes } from '../flows.js';
import { joinRecord, splitRecords } from '../native/records.js';
import { plainHttpFlow } from '../sample-flows.js';

const folder = t.testdir({});

function failOnDamage({ message }: { message: string }): void {
  throw new Error(message);
}

function openFiles(path: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false;
    }
  }).length;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

t.test('flows of a file can be kept, and read when the file was read', async (t) => {
  const path = join(folder, 'kept');
  const originals = Array.from({ length: 200 }, (_, at) => plainHttpFlow(`/${at}`, 'x'.repeat(at * 30)));
  const expected = await describeFlows(originals);
  writeFileSync(path, await toBytes(originals));
  const { flows } = await readAll(path);
  const found = await describeFlows(flows);
  t.ok(JSON.stringify(found) === JSON.stringify(expected), 'as they were');
  t.ok((await toBytes(flows)).equals(await toBytes(flows)));
  if (existsSync('/proc/self/fd')) t.equal(openFiles(path), 1, 'the file is open as long');
  for (const flow of flows) releaseFlow(flow);
  for (const flow of flows) releaseFlow(flow);
  if (existsSync('/proc/self/fd')) await until(() => openFiles(path) === 0, 'the file to be closed');
  await t.rejects((flows[5] as HttpFlow).response!.body.rawBytes(), /no longer kept/);
});

t.test('a file whose flows are released is closed', { skip: !existsSync('/proc/self/fd') }, async (t) => {
  const path = join(folder, 'closed');
  const bytes = await toBytes([plainHttpFlow('/1'), plainHttpFlow('/2')]);
  for (const content of [bytes, bytes.subarray(0, -1), Buffer.from('text'), bytes.subarray(5)]) {
    writeFileSync(path, content);
    await readFlows({ path }, { policy, onDamage: () => {} }, releaseFlow);
    await until(() => openFiles(path) === 0, 'the file to be closed');
  }
  writeFileSync(path, bytes);
  const options = { policy, onDamage: failOnDamage };
  await t.rejects(
    readFlows({ path }, options, (flow) => {
      releaseFlow(flow);
      throw new Error('enough');
    }),
    /enough/,
  );
  await until(() => openFiles(path) === 0, 'the file to be closed');
  t.pass('closed in the end');
});

t.test('a body is in memory while its flow is at hand', async (t) => {
  const path = join(folder, 'memory');
  writeFileSync(
    path,
    await toBytes(Array.from({ length: 3000 }, (_, at) => plainHttpFlow(`/${at}`, 'x'.repeat(at % 997)))),
  );
  let elsewhere = 0;
  await readFlows({ path }, { policy, onDamage: failOnDamage }, (flow) => {
    const { body } = (flow as HttpFlow).response!;
    if (body.size > 0 && !body.stored!.buffer) elsewhere++;
    releaseFlow(flow);
  });
  t.equal(elsewhere, 0);
});

t.test('large bodies are passed over', async (t) => {
  const path = join(folder, 'sparse');
  const [record] = splitRecords(await toBytes([plainHttpFlow('/large', 'abc')]));
  const size = 2 ** 33;
  const metadata = { ...record!.metadata, bodies: [{ ...record!.metadata.bodies![0], length: size, size }] };
  // The body is a hole.
  const head = joinRecord({ ...record!, metadata, bodies: Buffer.alloc(0) }, size);
  const file = openSync(path, 'w');
  writeSync(file, head);
  writeSync(file, await toBytes([plainHttpFlow('/next')]), 0, undefined, head.length + size);
  const paths: string[] = [];
  await readFlows({ path }, { policy, onDamage: failOnDamage }, (flow) => {
    paths.push(`${(flow as HttpFlow).request.path} ${(flow as HttpFlow).response!.body.size}`);
    releaseFlow(flow);
  });
  t.same(paths, [`/large ${size}`, '/next 5']);
  // Half of a record is searched for others: less of it.
  truncateSync(path, 20_000_000);
  const { damage, flows } = await readAll(path, {});
  t.same([flows.length, damage.map(({ kind, offset }) => [kind, offset])], [0, [['truncated', 0]]]);
});

t.test('flows of a stream are handed over as soon as they are whole', async (t) => {
  const stream = new PassThrough();
  const seen: string[] = [];
  const reading = readFlows({ stream, name: 'pipe' }, { policy, onDamage: failOnDamage }, (flow) => {
    seen.push((flow as HttpFlow).request.path);
  });
  for (let at = 1; at <= 5; at++) {
    const bytes = await toBytes([plainHttpFlow(`/${at}`, at % 2 ? 'text' : '')]);
    stream.write(bytes.subarray(0, -1));
    await turn();
    t.equal(seen.length, at - 1, 'not before');
    stream.write(bytes.subarray(-1));
    await until(() => seen.length === at, 'the flow');
  }
  stream.end();
  t.equal((await reading).flows, 5);
});

t.test('bodies of a stream are kept for who wants them', async (t) => {
  const bytes = await toBytes([plainHttpFlow('/1', 'one'), plainHttpFlow('/2', 'two'), plainHttpFlow('/3', '')]);
  const asked: string[] = [];
  const wantsBodies = (flow: Flow) => {
    asked.push((flow as HttpFlow).request.path);
    return asked.length === 2;
  };
  const { flows } = await readAll([bytes], { wantsBodies });
  const bodies = (flows as HttpFlow[]).map(({ response }) => response!.body);
  t.same(asked, ['/1', '/2'], 'there is nothing to ask about an empty one');
  t.same(
    bodies.map(({ kept, size }) => [kept, size]),
    [
      [false, 3],
      [true, 3],
      [true, 0],
    ],
  );
  t.equal(await bodies[1]!.text(), 'two');
  const { flows: none } = await readAll([bytes], { wantsBodies: undefined });
  t.equal((none[0] as HttpFlow).response!.body.kept, false);
});

t.test('a promise of the caller is awaited before the next flow', async (t) => {
  const path = join(folder, 'awaited');
  const bytes = await toBytes(Array.from({ length: 5 }, (_, at) => plainHttpFlow(`/${at}`)));
  writeFileSync(path, bytes);
  const stream = () => {
    const through = new PassThrough();
    through.end(bytes);
    return through;
  };
  for (const input of [{ path }, { stream: stream(), name: 'stream' }]) {
    let active = 0;
    await readFlows(input, { policy, onDamage: failOnDamage }, async () => {
      t.equal(++active, 1);
      await turn();
      active--;
    });
  }
});

t.test('an error of the caller ends reading', async (t) => {
  const bytes = await toBytes([plainHttpFlow('/1'), plainHttpFlow('/2')]);
  const stream = new PassThrough();
  stream.write(bytes);
  let count = 0;
  const reading = readFlows({ stream, name: 'stream' }, { policy, onDamage: failOnDamage }, () => {
    count++;
    throw new Error('enough');
  });
  await t.rejects(reading, /enough/);
  t.same([count, stream.destroyed], [1, true]);
});

t.test('inputs that cannot be read', async (t) => {
  await t.rejects(readAll(join(folder, 'nowhere')), { code: 'ENOENT' });
  await t.rejects(readAll(folder), { code: 'EISDIR' });
  const stream = new PassThrough();
  stream.destroy(new Error('broken'));
  await t.rejects(
    readFlows({ stream, name: 'broken' }, { policy, onDamage: failOnDamage }, () => {}),
    /broken/,
  );
});

t.test('a named pipe is read as a stream', { skip: process.platform === 'win32' }, async (t) => {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const bytes = await toBytes([plainHttpFlow('/1', 'one'), plainHttpFlow('/2', 'two')]);
  const reading = readAll(path);
  const { open } = await import('node:fs/promises');
  const pipe = await open(path, 'w');
  await pipe.writeFile(bytes);
  await pipe.close();
  const { flows, damage } = await reading;
  t.same([flows.length, damage], [2, []]);
  t.equal(await (flows[1] as HttpFlow).response!.body.text(), 'two');
});

t.test('a file that grows while it is read', async (t) => {
  const path = join(folder, 'growing');
  const [one, two] = [await toBytes([plainHttpFlow('/1')]), await toBytes([plainHttpFlow('/2')])];
  writeFileSync(path, Buffer.concat([one, two.subarray(0, -2)]));
  const seen: string[] = [];
  await readFlows({ path }, { policy, onDamage: failOnDamage }, (flow) => {
    seen.push((flow as HttpFlow).request.path);
    if (seen.length === 1) writeFileSync(path, two.subarray(-2), { flag: 'a' });
    releaseFlow(flow);
  });
  t.same(seen, ['/1', '/2']);
});
