import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { exchange } from '../addons/rewrite/flows.js';
import { writeFlows } from '../cli/flows.js';
import { run, Tsdump } from '../cli/tsdump.js';
import { runWarm } from '../cli/warm.js';
import { toFormat } from '../serialize/flows.js';
import { folder } from '../support/folder.js';
import { until } from '../support/until.js';
import { orSkip } from './support/command.js';
import { Load } from './support/load.js';
import { Origin } from './support/origin.js';
import { numbersIn } from './support/recording.js';

const SIZE = 1024 * 1024;

/** A file system of its own with little room; undefined if that cannot be had here. */
function mountSmallDisk(t: Test): string | undefined {
  const dir = folder(t);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', dir]).status !== 0) return undefined;
  t.teardown(() => spawnSync('umount', ['-l', dir]));
  return dir;
}

const DISK = orSkip(mountSmallDisk(t) === undefined && 'no file system can be mounted');

/** A new disk of which this much is free: on a used one, room may be given back only after a while. */
function diskWith(t: Test, room: number): string {
  const disk = mountSmallDisk(t)!;
  writeFileSync(join(disk, 'filler'), Buffer.alloc(SIZE - room));
  return disk;
}

function startLoad(t: Test, port: number, size: number): Promise<Load> {
  return Origin.start(t, ({ target }, response) => response.end(Buffer.alloc(size, target))).then(
    (origin) => new Load(port, (number) => origin.url(`/${number}`)),
  );
}

for (const [name, size, args] of [
  ['small flows', 500, []],
  ['small flows, with fsync', 500, ['--set', 'fsync=true']],
  ['large bodies', 300_000, ['--set', 'spool_dir=/tmp']],
] as const) {
  t.test(`a disk that becomes full while flows are recorded: ${name}`, DISK, async (t) => {
    const capture = join(diskWith(t, 700_000), 'flows.bin');
    const program = new Tsdump(t, ['-p', '0', '--flow-detail', '0', '-w', capture, ...args]);
    const load = await startLoad(t, await program.port(), size);
    const { code, stderr } = await program.ended;
    await load.stop();
    t.equal(code, 5);
    t.match(stderr, /Cannot write .+flows\.bin: no space left on device \(ENOSPC\)/);
    t.equal(stderr.match(/Cannot write \S+flows\.bin: /g)?.length, 1, 'said once', { stderr });
    const read = await runWarm(['-nqr', capture]);
    t.same([read.code, read.stderr], [0, ''], 'what was written can be read');
    const numbers = await numbersIn(capture);
    t.ok(numbers.length > 0 && statSync(capture).size > 300_000, `${numbers.length} flows`);
    t.equal(new Set(numbers).size, numbers.length);
  });
}

for (const [name, size, format] of [
  ['inside bodies', 3_000_000, 'flows.bin'],
  ['at the end of bodies', 300_000, 'flows.bin'],
  ['HAR', 300_000, 'flows.har'],
] as const) {
  t.test(`a disk of spool files that becomes full: ${name}`, DISK, async (t) => {
    const capture = join(folder(t), format);
    const spool = `spool_dir=${diskWith(t, 200_000)}`;
    const program = new Tsdump(t, ['-p', '0', '--flow-detail', '0', '-w', capture, '--set', spool]);
    const load = await startLoad(t, await program.port(), size);
    const { code, stderr } = await program.ended;
    await load.stop();
    t.equal(code, 5);
    const reports = stderr.match(/Cannot store a body in .+\(spool_dir\): no space left on device/g);
    t.equal(reports?.length, 1, 'said once');
    t.notMatch(stderr, /Addon save/);
    const read = await run(t, ['-nqr', capture]);
    t.same([read.code, read.stderr], [0, ''], 'what was written can be read');
    t.ok((await numbersIn(capture)).length > 0);
  });
}

t.test('a disk that becomes full while flows are copied', DISK, async (t) => {
  const all = join(folder(t), 'all.bin');
  await writeFlows(all, 3000);
  const capture = join(diskWith(t, 500_000), 'flows.bin');
  const { code, stderr } = await run(t, ['-nqr', all, '-w', capture]);
  t.equal(code, 5);
  t.match(stderr, /no space left on device/);
  t.equal((await runWarm(['-nqr', capture])).code, 0);
  const numbers = await numbersIn(capture);
  t.same(
    numbers,
    numbers.map((_, at) => at + 1),
    `the first ${numbers.length} flows`,
  );
  t.ok(statSync(capture).size > 480_000, 'all that there was room for');
});

t.test('no room for what is appended', DISK, async (t) => {
  const dir = diskWith(t, 300_000);
  const capture = join(dir, 'flows.bin');
  await writeFlows(capture, 10);
  const before = readFileSync(capture);
  const all = join(folder(t), 'all.bin');
  await writeFlows(all, 3000);
  t.equal((await run(t, ['-nqr', all, '-w', `+${capture}`])).code, 5);
  t.ok(readFileSync(capture).subarray(0, before.length).equals(before));
  t.equal((await runWarm(['-nqr', capture])).code, 0);
});

t.test('no room for the next file', DISK, async (t) => {
  const all = join(folder(t), 'all.bin');
  await writeFlows(all, 3000);
  const dir = diskWith(t, 500_000);
  const { code, stderr } = await run(t, ['-nqr', all, '-w', join(dir, 'flows.bin'), '--set', 'rotate_flows=100']);
  t.equal(code, 5);
  t.match(stderr, /no space left on device/);
  const numbers = [];
  for (const file of readdirSync(dir).sort())
    if (file !== 'filler') numbers.push(...(await numbersIn(join(dir, file))));
  t.ok(numbers.length >= 100, 'a file was full');
  t.same(
    numbers,
    numbers.map((_, at) => at + 1),
    `the first ${numbers.length} flows`,
  );
});

t.test('no room for the temporary file of a pipe', DISK, async (t) => {
  const capture = join(folder(t), 'flows.bin');
  await writeFlows(capture, 3000);
  const full = ['--set', `spool_dir=${diskWith(t, 0)}`];
  for (const args of [
    ['-nr', capture, '--diff', '-'],
    ['-nr', capture, '-S', '-'],
    ['-nr', '-', '--sort'],
  ]) {
    const program = new Tsdump(t, [...args, ...full]);
    program.child.stdin!.on('error', () => {});
    program.child.stdin!.end(readFileSync(capture));
    const { code, stdout, stderr } = await program.ended;
    t.equal(code, 5, args.join(' '));
    t.match(stderr, /Cannot write a temporary file in .+no space left on device \(ENOSPC\) \[output-failed\]/);
    t.notMatch(stdout, /^No differences/m);
  }
});

t.test('the file is deleted while flows are recorded', async (t) => {
  const capture = join(folder(t), 'flows.bin');
  const program = new Tsdump(t, ['-p', '0', '--flow-detail', '0', '-w', capture]);
  const load = await startLoad(t, await program.port(), 500);
  await until(() => load.answered.size > 10, 'some answers');
  rmSync(capture);
  const { code, stderr } = await program.ended;
  await load.stop();
  t.equal(code, 5);
  t.match(stderr, /Cannot write .+flows\.bin: the file was deleted while it was written \[output-failed\]\n/);
});

for (const mode of ['once', 'new_episodes', 'all'] as const) {
  for (const exists of mode === 'once' ? [false] : [false, true]) {
    const what = exists ? 'keeps the cassette as it is' : 'leaves none';
    t.test(`a disk that becomes full while a cassette is written ${what}: ${mode}`, DISK, async (t) => {
      const disk = diskWith(t, 300_000);
      const cassette = join(disk, 'cassette.bin');
      const recorded = exists ? [exchange({ url: 'http://a.test/one', responseBody: 'one' })] : [];
      if (exists) writeFileSync(cassette, await toFormat('native', recorded));
      const before = exists ? readFileSync(cassette) : undefined;
      const args = ['-S', cassette, '--server-replay-mode', mode, '--set', 'spool_dir=/tmp'];
      const program = new Tsdump(t, ['-p', '0', '--flow-detail', '0', ...args]);
      const load = await startLoad(t, await program.port(), 30_000);
      await until(() => load.answered.size > 30, 'more responses than the disk can store');
      await load.stop();
      program.child.kill('SIGINT');
      const { code, stderr } = await program.ended;
      t.equal(code, 5, stderr);
      t.match(stderr, /Cannot write \S+cassette\.bin\.\w+\.new: no space left on device/);
      t.same(readdirSync(disk).sort(), exists ? ['cassette.bin', 'filler'] : ['filler']);
      if (before) t.ok(readFileSync(cassette).equals(before));
    });
  }
}

t.test('a disk that becomes full while new answers of a cassette are stored', DISK, async (t) => {
  const cassette = join(folder(t), 'cassette.bin');
  const args = ['-S', cassette, '--server-replay-mode', 'once', '--set', `spool_dir=${diskWith(t, 300_000)}`];
  const program = new Tsdump(t, ['-p', '0', '--flow-detail', '0', ...args]);
  const load = await startLoad(t, await program.port(), 30_000);
  const { code, stderr } = await program.ended;
  await load.stop();
  t.equal(code, 5, stderr);
  t.equal(stderr.match(/Cannot store a body in \S+ \(spool_dir\): no space left on device/g)?.length, 1, stderr);
  t.match(stderr, /cassette\.bin was not written, because the run failed \(exit code 5\)/);
  t.notMatch(stderr, /Addon|internal error/);
  t.notOk(existsSync(cassette));
});
