import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import t from 'tap';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { ClientConnection } from '../../../src/flow/connection.js';
import { type Flow, HttpFlow, releaseFlow } from '../../../src/flow/flow.js';
import type { Damage } from '../../../src/serialize/input/damage.js';
import { DamageError, type ReadInput, type ReadOptions } from '../../../src/serialize/input/reader.js';
import type { FlowPosition } from '../../../src/serialize/sorted/flow-index.js';
import { RevisitedReader } from '../../../src/serialize/sorted/revisited-reader.js';
import { SortedReader } from '../../../src/serialize/sorted/sorted-reader.js';
import { Random } from '../../support/random.js';
import { describeFlow, describeFlows, policy, readAll, toBytes } from '../flows.js';
import { splitRecords } from '../native/records.js';
import { newServer, newTls, plainHttpFlow, sampleFlows } from '../sample-flows.js';

const folder = t.testdir({});
const at = (name: string) => join(folder, name);

/** A flow that began at this second. */
function flowAt(second: number, path = `/${second}`, text = 'hello'): HttpFlow {
  const flow = plainHttpFlow(path, text);
  flow.timestampCreated = second;
  flow.request.timestampStart = second;
  return flow;
}

async function file(name: string, flows: readonly Flow[]): Promise<ReadInput> {
  writeFileSync(at(name), await toBytes(flows));
  return { path: at(name) };
}

async function pipe(flows: readonly Flow[]): Promise<ReadInput> {
  return { stream: Readable.from([await toBytes(flows)]), name: 'pipe' };
}

interface Sorted {
  paths: string[];
  damage: Damage[];
  flows: unknown[];
}

async function sort(
  inputs: readonly ReadInput[],
  options: Partial<ReadOptions> = {},
  between = () => {},
): Promise<Sorted> {
  const result: Sorted = { paths: [], damage: [], flows: [] };
  const onDamage = (damage: Damage) => result.damage.push(damage);
  const reader = new SortedReader({ policy, wantsBodies: () => true, onDamage, ...options });
  for (const input of inputs) await reader.add(input, () => true);
  between();
  await reader.read(async (flow) => {
    result.paths.push(flow.type === 'http' ? flow.request.path : flow.type);
    result.flows.push(await describeFlow(flow).catch((error: Error) => error.message));
    releaseFlow(flow);
  });
  await reader.close();
  return result;
}

t.test('files and pipes, by when the flows began', async (t) => {
  const odd = [5, 1, 9, 3, 7].map((second) => flowAt(second));
  const even = [8, 2, 6, 4].map((second) => flowAt(second));
  const expected = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((second) => `/${second}`);
  t.same((await sort([await file('odd', odd), await file('even', even)])).paths, expected);
  t.same((await sort([await file('odd', odd), await pipe(even)])).paths, expected);
  t.same((await sort([await pipe(odd), await pipe(even)])).paths, expected);
  t.same((await sort([])).paths, []);
});

t.test('equal times: in the order of the inputs', async (t) => {
  const named = (name: string) => [flowAt(1, `/${name}1`), flowAt(1, `/${name}2`), flowAt(0, `/${name}0`)];
  const inputs = [
    await pipe(named('a')),
    await file('b', named('b')),
    await pipe(named('c')),
    await file('d', named('d')),
  ];
  const { paths } = await sort(inputs);
  t.equal(paths.join(' '), '/a0 /b0 /c0 /d0 /a1 /a2 /b1 /b2 /c1 /c2 /d1 /d2');
});

t.test('the request counts, not the flow; other kinds of flow count as they were made', async (t) => {
  const [early, late] = [flowAt(1, '/early'), flowAt(9, '/late')];
  early.timestampCreated = 20;
  late.timestampCreated = 0;
  const tcp = sampleFlows().find(({ type }) => type === 'tcp')!;
  tcp.timestampCreated = 5;
  t.same((await sort([await file('kinds', [late, tcp, early])])).paths, ['/early', 'tcp', '/late']);
});

t.test('nothing of a flow is lost', async (t) => {
  const flows = sampleFlows();
  flows.push(flowAt(3, '/large', 'x'.repeat(1_000_000)));
  const expected = await describeFlows(flows);
  const inOrder = (all: readonly unknown[]) =>
    (all as { id: string }[]).toSorted((one, other) => (one.id < other.id ? -1 : 1));
  for (const input of [await file('whole', flows), await pipe(flows)]) {
    const { flows: found, damage } = await sort([input]);
    t.same(damage, []);
    t.same(inOrder(found), inOrder(expected));
  }
});

t.test('many files in random order', async (t) => {
  const random = new Random(5);
  const files = await Promise.all(
    Array.from({ length: 100 }, (_, number) =>
      file(
        `many${number}`,
        Array.from({ length: 10 }, () => flowAt(random.below(1000), undefined, 'x'.repeat(random.below(3) * 20_000))),
      ),
    ),
  );
  const { paths } = await sort(files);
  const seconds = paths.map((path) => Number(path.slice(1)));
  t.equal(seconds.length, 1000);
  t.same(
    seconds,
    [...seconds].sort((a, b) => a - b),
  );
});

t.test('small bodies are in memory until their flows are released', async (t) => {
  const texts = Array.from({ length: 500 }, (_, second) => String(second).padEnd(1000));
  const reader = new SortedReader({ policy, onDamage: ({ message }) => t.fail(message) });
  await reader.add(
    await file('held.bin', texts.map((text, second) => flowAt(second, '/', text)).reverse()),
    () => true,
  );
  const flows: HttpFlow[] = [];
  await reader.read((flow) => void flows.push(flow as HttpFlow));
  await reader.close();
  t.same(
    flows.map(({ response }) => response!.body.stored?.buffer?.toString()),
    texts,
  );
  const memory = flows.map(({ response }) => response!.body.stored!.buffer!.buffer);
  t.ok(
    memory.every(({ byteLength }) => byteLength < 2 * Buffer.poolSize),
    'without the block of the file around them',
  );
  for (const flow of flows) releaseFlow(flow);
  t.equal(flows[0]!.response!.body.stored?.buffer, undefined);
});

t.test('signals and timers have their turn while flows are read', async (t) => {
  const seconds = [...Array(10).keys()];
  const input = await file(
    'turns.bin',
    seconds.map((second) => flowAt(second)),
  );
  const busy = (flow: Flow): void => {
    const began = performance.now();
    while (performance.now() - began < 20);
    releaseFlow(flow);
  };
  let turns = 0;
  const count = (): void => {
    turns++;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  t.teardown(() => clearImmediate(next));
  for (const handler of [busy, async (flow: Flow) => busy(flow)]) {
    const reader = new SortedReader({ policy, onDamage: ({ message }) => t.fail(message) });
    await reader.add(input, () => true);
    const before = turns;
    await reader.read(handler);
    t.ok(turns - before >= seconds.length - 1, 'in order');
    await reader.close();
  }
  const revisited = new RevisitedReader({ policy, onDamage: ({ message }) => t.fail(message) });
  const places: FlowPosition[] = [];
  await revisited.read(
    input,
    () => true,
    (flow, place) => {
      places.push(place);
      releaseFlow(flow);
    },
  );
  const before = turns;
  for (const place of places) busy((await revisited.readAgain(place))!);
  t.ok(turns - before >= seconds.length - 1, 'again');
  await revisited.close();
});

t.test('certificates: the flow with the chain may come later', async (t) => {
  const flows = [9, 3, 6].map((second) => flowAt(second));
  const client = new ClientConnection();
  const server = newServer();
  client.tls = newTls('client');
  server.tls = newTls('server');
  const one = flows.map(({ request, response, timestampCreated }) => {
    const flow = new HttpFlow(client, server, request, timestampCreated);
    flow.response = response;
    return flow;
  });
  t.ok(splitRecords(await toBytes(one))[1]!.metadata.server.tls.leafSha256, 'the second has only its hash');
  for (const input of [await file('chains', one), await pipe(one)]) {
    const chains: unknown[] = [];
    const reader = new SortedReader({ policy, onDamage: ({ message }) => t.fail(message) });
    // That the one with the chain is not wanted makes no difference.
    await reader.add(input, (flow) => (flow as HttpFlow).request.path !== '/9' || 'stream' in input);
    await reader.read((flow) => {
      chains.push(flow.server.tls!.certificates, flow.client.tls!.certificates);
      releaseFlow(flow);
    });
    await reader.close();
    t.same(
      chains.slice(0, 4),
      [server, client, server, client].map(({ tls }) => tls!.certificates),
    );
  }
});

t.test('damage is reported once', async (t) => {
  const flows = [4, 1, 3, 2].map((second) => flowAt(second, undefined, `body of ${second}`));
  const bytes = await toBytes(flows);
  const records = splitRecords(bytes);
  const cases: [what: string, damage: (copy: Buffer) => Buffer, kinds: string, paths: string][] = [
    ['the end cut off', (copy) => copy.subarray(0, -3), 'truncated', '/1 /3 /4'],
    ['a head', (copy) => copy.fill(0, records[2]!.offset, records[2]!.offset + 8), 'garbage', '/1 /2 /4'],
    ['a body', (copy) => copy.fill(0, records[1]!.offset - 3, records[1]!.offset), 'body', '/1 /2 /3 /4'],
    [
      'a body, and behind it',
      (copy) => copy.fill(0, records[1]!.offset - 3, records[1]!.offset + 8),
      'body garbage',
      '/2 /3 /4',
    ],
  ];
  for (const [what, damage, kinds, paths] of cases) {
    writeFileSync(at('damaged'), damage(Buffer.from(bytes)));
    const stream = Readable.from([damage(Buffer.from(bytes))]);
    for (const input of [{ path: at('damaged') }, { stream, name: 'pipe' }]) {
      const found = await sort([input]);
      const which = `${what}: ${'path' in input ? 'file' : 'pipe'}`;
      t.equal(
        found.damage
          .map(({ kind }) => kind)
          .sort()
          .join(' '),
        kinds,
        which,
      );
      t.equal(found.paths.join(' '), paths, which);
    }
    await t.rejects(sort([{ path: at('damaged') }], { strict: true }), DamageError, `${what}: strict`);
  }
});

t.test('a file that changes or goes while it is sorted', async (t) => {
  const changes: [string, (path: string) => void][] = [
    ['gone', (path) => rmSync(path)],
    ['empty', (path) => writeFileSync(path, '')],
    ['something else', (path) => writeFileSync(path, 'x'.repeat(5000))],
  ];
  for (const [what, change] of changes) {
    const inputs = [await file('changing', [flowAt(2), flowAt(1)]), await file('steady', [flowAt(3)])];
    const found = await sort(inputs, {}, () => change(at('changing')));
    t.same(found.paths, ['/3'], what);
    t.equal(found.damage.length, 1, `${what}: reported once`);
    t.match(found.damage[0]!.message, /changing: the file changed while it was being sorted/);
  }
});

t.test('bodies of a pipe are not kept if they are not needed', async (t) => {
  const flows = [flowAt(2, '/2', 'x'.repeat(100_000)), flowAt(1)];
  const reader = new SortedReader({ policy, onDamage: ({ message }) => t.fail(message) });
  await reader.add(await pipe(flows), () => true);
  const bodies: unknown[] = [];
  await reader.read((flow) => {
    const { body } = (flow as HttpFlow).response!;
    bodies.push([body.size, body.kept]);
  });
  await reader.close();
  t.same(bodies, [
    [5, false],
    [100_000, false],
  ]);
});

t.test('no room for the temporary file', async (t) => {
  const reader = new SortedReader({ policy: new SpoolPolicy({ dir: at('none') }), onDamage: () => {} });
  await t.rejects(
    reader.add(await pipe([flowAt(1)]), () => true),
    { code: 'ENOENT' },
  );
  await reader.close();
});

t.test('damaged input gives the same flows and damage as without sorting', async (t) => {
  const flows = [3, 1, 2].map((second) => flowAt(second, undefined, `body ${second}`));
  const bytes = await toBytes(flows);
  const random = new Random(11);
  for (let round = 0; round < 300; round++) {
    const copy = Buffer.from(round % 3 === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes);
    const at = random.below(Math.max(1, copy.length));
    if (round % 3 !== 0) copy[at]! ^= 1 << random.below(8);
    writeFileSync(join(folder, 'flipped'), copy);
    const plain = await readAll(join(folder, 'flipped'));
    const plainFlows = await Promise.all(
      plain.flows.map((flow) => describeFlow(flow).catch((error: Error) => error.message)),
    );
    for (const flow of plain.flows) releaseFlow(flow);
    const sorted = await sort([{ path: join(folder, 'flipped') }]);
    const all = (found: readonly unknown[]) =>
      found
        .map((one) => JSON.stringify(one))
        .sort()
        .join('\n');
    if (all(sorted.flows) !== all(plainFlows)) t.fail(`round ${round}, at ${at}: other flows`);
    if (all(sorted.damage) !== all(plain.damage)) t.fail(`round ${round}, at ${at}: other complaints`);
  }
});
