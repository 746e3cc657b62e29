import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Flow, HttpFlow } from '../../../../src/flow/flow.js';
import { timeOfStamp } from '../../../../src/serialize/output/rotation/rotated-name.js';
import {
  RotatingWriter,
  type RotatingWriterOptions,
  type RotationRules,
} from '../../../../src/serialize/output/rotation/rotating-writer.js';
import type { OutputError } from '../../../../src/serialize/output/sinks.js';
import { until } from '../../../support/until.js';
import { readAll, toBytes } from '../../flows.js';
import { newTls, plainHttpFlow } from '../../sample-flows.js';

interface Opened {
  writer: RotatingWriter;
  folder: string;
  errors: string[];
  warnings: string[];
}

async function open(
  t: Test,
  pattern: string,
  rules: RotationRules = {},
  options: Partial<RotatingWriterOptions> = {},
  folder = t.testdir({}),
): Promise<Opened> {
  const errors: string[] = [];
  const warnings: string[] = [];
  const writer = new RotatingWriter(join(folder, pattern), {
    append: false,
    format: 'native',
    fsync: false,
    rules,
    onError: ({ message }: OutputError) => errors.push(message.replaceAll(folder, '.')),
    onWarning: (message) => warnings.push(message.replaceAll(folder, '.')),
    ...options,
  });
  await writer.open();
  return { writer, folder, errors, warnings };
}

function write(writer: RotatingWriter, ...paths: string[]): Promise<unknown> {
  return Promise.all(paths.map((path) => writer.write(plainHttpFlow(path))));
}

/** What the files hold, in the order of their names, the current one last. */
async function contents(folder: string, current = 'flows.bin'): Promise<string[]> {
  const files = readdirSync(folder).sort(
    (one, other) => Number(one === current) - Number(other === current) || (one < other ? -1 : 1),
  );
  return Promise.all(files.map(async (file) => (await pathsIn(join(folder, file))).join(' ')));
}

async function pathsIn(path: string): Promise<string[]> {
  const { flows, damage } = await readAll(path);
  if (damage.length > 0) throw new Error(damage[0]!.message);
  return (flows as HttpFlow[]).map(({ request }) => request.path);
}

t.test('without rules there is one file', async (t) => {
  const { writer, folder } = await open(t, 'flows.bin');
  t.equal(writer.write(plainHttpFlow('/1')), undefined, 'without waiting');
  t.equal(writer.path, join(folder, 'flows.bin'));
  await writer.close();
  t.same(await contents(folder), ['/1']);
  t.throws(() => writer.write(plainHttpFlow()), /is closed/);
});

t.test('writes before opening wait', async (t) => {
  const folder = t.testdir({});
  const options = {
    append: false,
    format: 'native',
    fsync: true,
    rules: {},
    onError: t.fail,
    onWarning: t.fail,
  } as const;
  const writer = new RotatingWriter(join(folder, 'flows.bin'), options);
  const pending = write(writer, '/1', '/2');
  t.same(readdirSync(folder), []);
  await writer.open();
  await pending;
  await writer.close();
  t.same(await contents(folder), ['/1 /2']);
  const never = new RotatingWriter(join(folder, 'other.bin'), options);
  const dropped = write(never, '/1');
  await never.close();
  await dropped;
  t.same(readdirSync(folder), ['flows.bin'], 'one that was never opened makes no file');
});

t.test('by number of flows', async (t) => {
  const { writer, folder } = await open(t, 'flows.bin', { flows: 2 });
  // All at once: they come while files are closed and opened.
  const first = write(writer, '/1', '/2', '/3', '/4', '/5');
  await first;
  await write(writer, '/6', '/7');
  await writer.close();
  t.same(await contents(folder), ['/1 /2', '/3 /4', '/5 /6', '/7']);
  const [rotated] = readdirSync(folder).sort();
  const stamp = /^flows\.(\d{8}T\d{6}\.\d{3}Z)\.bin$/.exec(rotated!)?.[1];
  t.ok(Math.abs(timeOfStamp(stamp!) - Date.now()) < 60_000, rotated!);
});

t.test('by size, with bodies that are on disk', async (t) => {
  const { writer, folder } = await open(t, 'flows.bin', { size: 1_000_000 });
  for (let number = 1; number <= 5; number++) {
    const flow = plainHttpFlow(`/${number}`, '');
    flow.response!.body.append(Buffer.alloc(600_000, 'x'));
    await writer.write(flow);
    flow.response!.body.release();
  }
  await writer.close();
  t.same(await contents(folder), ['/1 /2', '/3 /4', '/5']);
});

t.test('by size, including existing content', async (t) => {
  const folder = t.testdir({ 'flows.bin': await toBytes([plainHttpFlow('/0')]) });
  const { writer } = await open(t, 'flows.bin', { size: 10 }, { append: true }, folder);
  await write(writer, '/1', '/2');
  await writer.close();
  t.same(await contents(folder), ['/0 /1', '/2'], 'a file that was full gets a flow all the same');
});

t.test('by time, also when no more flows come', async (t) => {
  const { writer, folder } = await open(t, 'flows.bin', { interval: 20 });
  await write(writer, '/1');
  await until(() => !readdirSync(folder).includes('flows.bin'), 'the file to be completed');
  await new Promise((resolve) => setTimeout(resolve, 60));
  t.equal(readdirSync(folder).length, 1, 'no empty file is made');
  await write(writer, '/2');
  await until(() => readdirSync(folder).length === 2 && !readdirSync(folder).includes('flows.bin'), 'the next one');
  await writer.close();
  t.same(await contents(folder), ['/1', '/2']);
});

t.test('each file has the certificates of its own', async (t) => {
  const { writer, folder } = await open(t, 'flows.bin', { flows: 1 });
  const flows = ['/1', '/2'].map((path) => plainHttpFlow(path));
  for (const flow of flows) {
    flow.server.id = flows[0]!.server.id;
    flow.server.tls = newTls('server');
    await writer.write(flow);
  }
  await writer.close();
  const files = readdirSync(folder);
  t.equal(files.length, 2);
  for (const file of files) {
    t.equal((await readAll(join(folder, file))).flows[0]!.server.tls!.certificates.length, 2, file);
  }
});

t.test('the oldest files go', async (t) => {
  const { writer, folder, warnings } = await open(t, 'flows.bin', { flows: 1, keep: 2 });
  writeFileSync(join(folder, 'flows.20200101T000000.000Z.har'), '');
  await write(writer, '/1', '/2', '/3', '/4', '/5');
  await writer.close();
  rmSync(join(folder, 'flows.20200101T000000.000Z.har'));
  t.same(await contents(folder), ['/3', '/4', '/5']);
  t.same(warnings, []);
});

t.test('a completed file that is being read stays', async (t) => {
  const input = 'flows.20200101T000000.000Z.bin';
  const folder = t.testdir({ [input]: await toBytes([plainHttpFlow('/input')]) });
  const checkPath = (path: string): void => {
    if (path.endsWith(input)) throw new Error('it is an input');
  };
  const { writer } = await open(t, 'flows.bin', { flows: 1, keep: 1 }, { checkPath }, folder);
  await write(writer, '/1', '/2', '/3');
  await writer.close();
  t.same(await contents(folder), ['/input', '/2', '/3']);
});

t.test('HAR files, which cannot be appended to', async (t) => {
  const day = (number: number): number => new Date(2026, 0, number).getTime();
  let now = day(1);
  const { writer, folder } = await open(t, '%d.har', {}, { now: () => now, format: 'har' });
  for (const number of [1, 2, 1]) {
    now = day(number);
    await write(writer, `/${number}`);
  }
  await writer.close();
  const files = readdirSync(folder).sort();
  t.same(
    files.map((name) => name.replace(/\.\d.*Z/, '.STAMP')),
    ['01.STAMP.har', '01.har', '02.har'],
    'what came first is renamed',
  );
  for (const file of files) t.equal(JSON.parse(readFileSync(join(folder, file), 'utf8')).log.entries.length, 1, file);
});

t.test('directives of strftime', async (t) => {
  const year = new Date().getFullYear();
  const { writer, folder } = await open(t, '%Y/%Y.bin');
  await write(writer, '/1');
  await writer.close();
  t.same(await pathsIn(join(folder, `${year}`, `${year}.bin`)), ['/1']);
  t.equal(statSync(join(folder, `${year}`)).mode & 0o777, 0o700);
});

t.test('a name that changes, and comes back', async (t) => {
  const day = (number: number): number => new Date(2026, 0, number).getTime();
  let now = day(1);
  const folder = t.testdir({ '01.bin': await toBytes([plainHttpFlow('/old')]), '02.bin': 'some text' });
  const { writer } = await open(t, '%d.bin', {}, { now: () => now }, folder);
  await write(writer, '/1');
  now = day(2);
  t.equal(writer.path, join(folder, '01.bin'), 'it changes with the next flow');
  await write(writer, '/2', '/3');
  now = day(1);
  await write(writer, '/4');
  now = day(3);
  await writer.close();
  t.same(await contents(folder), ['/1 /4', '/2 /3'], 'what other runs wrote is gone, what this one wrote is not');
});

t.test('with + nothing is emptied', async (t) => {
  const day = (number: number): number => new Date(2026, 0, number).getTime();
  let now = day(1);
  const other = await toBytes([plainHttpFlow('/other')]);
  const torn = Buffer.concat([other, other.subarray(0, 40)]);
  const folder = t.testdir({ '01.bin': other, '02.bin': torn });
  const { writer, warnings } = await open(t, '%d.bin', { keep: 5 }, { now: () => now, append: true }, folder);
  await write(writer, '/1');
  now = day(2);
  await write(writer, '/2');
  await writer.close();
  t.same(await contents(folder), ['/other /1', '/other /2']);
  t.match(warnings, [/^\.\/02\.bin: the end was incomplete; 40 bytes at offset \d+ were removed/]);
});

t.test('a name that passes without a flow leaves no file, not even one with a beginning and an end', async (t) => {
  const day = (number: number): number => new Date(2026, 0, number).getTime();
  for (const [name, format] of [
    ['%d.har', 'har'],
    ['%d.bin.gz', 'native'],
  ] as const) {
    let now = day(1);
    const { writer, folder } = await open(t, name, {}, { now: () => now, format });
    now = day(2);
    await write(writer, '/2');
    await writer.close();
    t.same(readdirSync(folder), [name.replace('%d', '02')]);
  }
});

t.test('a name that passes without a flow is not kept in place of others', async (t) => {
  const day = (number: number): number => new Date(2026, 0, number).getTime();
  let now = day(1);
  const { writer, folder } = await open(t, '%d.bin', { keep: 1 }, { now: () => now });
  now = day(2);
  await write(writer, '/2');
  now = day(4);
  await write(writer, '/4');
  now = day(5);
  await write(writer, '/5');
  await writer.close();
  t.same(readdirSync(folder).sort(), ['04.bin', '05.bin'], 'and of the others the last is kept');
});

t.test('directives and rules at once', async (t) => {
  const day = (number: number): number => new Date(2026, 0, number).getTime();
  let now = day(1);
  const { writer, folder } = await open(t, '%d.bin', { flows: 1 }, { now: () => now });
  await write(writer, '/1', '/2');
  now = day(2);
  await write(writer, '/3', '/4');
  await writer.close();
  t.same(
    readdirSync(folder)
      .sort()
      .map((name) => name.replace(/\.\d.*Z/, '.STAMP')),
    ['01.STAMP.bin', '01.STAMP.bin', '02.STAMP.bin', '02.bin'],
  );
});

t.test('a moved file is reopened on request', async (t) => {
  const { writer, folder, errors } = await open(t, 'flows.bin');
  const path = join(folder, 'flows.bin');
  await write(writer, '/1');
  writer.reopen();
  await write(writer, '/2');
  renameSync(path, join(folder, '1.bin'));
  await write(writer, '/3');
  writer.reopen();
  await write(writer, '/4');
  renameSync(path, join(folder, '2.bin'));
  writeFileSync(path, await toBytes([plainHttpFlow('/other')]));
  writer.reopen();
  await write(writer, '/5');
  await writer.close();
  writer.reopen();
  t.same(await contents(folder), ['/1 /2 /3', '/4', '/other /5']);
  t.same(errors, []);
});

t.test('a deleted file is reopened on request', async (t) => {
  const { writer, folder, errors, warnings } = await open(t, 'flows.bin');
  await write(writer, '/1');
  rmSync(join(folder, 'flows.bin'));
  writer.reopen();
  await write(writer, '/2');
  await writer.close();
  t.same(warnings, ['./flows.bin was deleted with all its flows.']);
  t.same(await contents(folder), ['/2']);
  t.same(errors, []);
});

t.test('a full file that was moved is not moved again', async (t) => {
  const { writer, folder } = await open(t, 'flows.bin', { flows: 1 });
  await write(writer, '/1');
  renameSync(join(folder, 'flows.bin'), join(folder, '1.bin'));
  writeFileSync(join(folder, 'flows.bin'), await toBytes([plainHttpFlow('/other')]));
  await write(writer, '/2');
  await writer.close();
  t.same(await contents(folder), ['/1', '/other /2']);
});

t.test('a link is followed', async (t) => {
  const folder = t.testdir({ elsewhere: {} });
  const target = join(folder, 'elsewhere', 'real.bin');
  writeFileSync(target, '');
  symlinkSync(target, join(folder, 'flows.bin'));
  const { writer } = await open(t, 'flows.bin', { flows: 1 }, {}, folder);
  await write(writer, '/1', '/2');
  await writer.close();
  t.ok(lstatSync(join(folder, 'flows.bin')).isSymbolicLink());
  t.same(await contents(join(folder, 'elsewhere'), 'real.bin'), ['/1', '/2']);
});

t.test('the first file cannot be opened', async (t) => {
  const folder = t.testdir({ 'text.bin': 'some text' });
  await t.rejects(open(t, 'none/flows.bin', {}, {}, folder), { name: 'OutputError', code: 'ENOENT' });
  await t.rejects(open(t, 'text.bin', {}, { append: true }, folder), { message: /text\.bin: it is text/ });
  t.equal(readFileSync(join(folder, 'text.bin'), 'utf8'), 'some text');
  const writer = new RotatingWriter(join(folder, 'none', 'flows.bin'), {
    append: false,
    format: 'native',
    fsync: false,
    rules: {},
    onError: t.fail,
    onWarning: t.fail,
  });
  const waiting = write(writer, '/1');
  await t.rejects(writer.open());
  await waiting;
  t.equal(writer.write(plainHttpFlow()), undefined, 'without waiting');
  await writer.close();
});

t.test('a later file cannot be opened', async (t) => {
  const { writer, folder, errors } = await open(t, 'flows.bin', { flows: 1 });
  await write(writer, '/1');
  renameSync(join(folder, 'flows.bin'), join(folder, '1.bin'));
  mkdirSync(join(folder, 'flows.bin'));
  await write(writer, '/2', '/3');
  t.equal(writer.write(plainHttpFlow('/4')), undefined);
  await writer.close();
  t.same(errors, ['Cannot write ./flows.bin: it is a folder (EISDIR)']);
  t.same(await pathsIn(join(folder, '1.bin')), ['/1']);
});

t.test('a later file may not be written', async (t) => {
  let asked = 0;
  const checkPath = (path: string): void => {
    asked++;
    if (asked > 1) throw new Error(`${path} is an input`);
  };
  const { writer, folder, errors } = await open(t, 'flows.bin', { flows: 1 }, { checkPath });
  await write(writer, '/1', '/2');
  await writer.close();
  t.same(errors, ['Cannot write ./flows.bin: ./flows.bin is an input']);
  t.same(await contents(folder), ['/1']);
});

t.test('flows that the format cannot hold do not count', async (t) => {
  const left: Flow[] = [];
  const { writer, folder } = await open(
    t,
    'flows.bin',
    { interval: 5, flows: 2 },
    { onLeftOut: (flow) => left.push(flow) },
  );
  const bad = plainHttpFlow('/bad');
  bad.comment = 'x'.repeat(65 * 1024 * 1024);
  await t.rejects(async () => writer.write(bad), /more metadata/);
  t.equal(readdirSync(folder).length, 1);
  await writer.close();
  t.same(await contents(folder), ['']);
});
