import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ExitCode } from '../../../src/cli/process/exit-codes.js';
import { folder, write } from '../../support/folder.js';
import { readPaths, writeFlows } from '../flows.js';
import { runWarm, WarmTsdump } from '../warm.js';

const sources = folder(t);
let made = 0;

/** The bytes of a capture of `/1` to `/COUNT`. */
async function bytesOf(count: number, host?: string): Promise<Buffer> {
  const path = join(sources, String(made++));
  await writeFlows(path, count, host);
  return readFileSync(path);
}

t.test('each format, record by record, also when records are written in parts', async (t) => {
  const source = join(folder(t), 'source.bin');
  await writeFlows(source, 3);
  const formats: [name: string, args: string[]][] = [
    ['x.bin', []],
    ['x.tsf', ['--compress', 'gzip']],
    ['x.jsonl', []],
    ['x.mitm', []],
    ['x.bin.gz', []],
  ];
  await Promise.all(
    formats.map(async ([name, args]) => {
      const dir = folder(t);
      const whole = join(dir, `whole-${name}`);
      t.equal((await runWarm(['-nqr', source, '-w', whole, ...args])).code, 0);
      const bytes = readFileSync(whole);
      const path = write(join(dir, name), '');
      const program = new WarmTsdump(t, ['-nr', path, '--follow']);
      const half = bytes.length >> 1;
      appendFileSync(path, bytes.subarray(0, half));
      if (!name.endsWith('.gz')) await program.shown(/example\.com\/1\n/);
      appendFileSync(path, bytes.subarray(half, -1));
      appendFileSync(path, bytes.subarray(-1));
      await program.shown(/example\.com\/3\n/);
      program.signal();
      const { code, stderr, stdout } = await program.ended;
      t.equal(code, ExitCode.done, name);
      t.equal(stderr, '', name);
      t.equal(String(stdout).match(/GET /g)?.length, 3, name);
    }),
  );
});

t.test('a torn record at the end is not damage', async (t) => {
  const dir = folder(t);
  const bytes = await bytesOf(2);
  const path = write(join(dir, 'x.bin'), bytes.subarray(0, -5));
  const program = new WarmTsdump(t, ['-nr', path, '--follow']);
  await program.shown(/\/1\n/);
  program.signal();
  const { code, stderr } = await program.ended;
  t.equal(code, ExitCode.done);
  t.equal(stderr, '');
});

t.test('several files, of which one is rotated and one comes later, into one output', async (t) => {
  const dir = folder(t);
  const at = (name: string) => join(dir, name);
  write(at('a.bin'), await bytesOf(1, 'a'));
  const program = new WarmTsdump(t, [
    '-nr',
    at('a.bin'),
    '-r',
    at('b.bin'),
    '--follow',
    '-w',
    at('out'),
    '--max-flows',
    '4',
  ]);
  await program.shown(/\/\/a\/1\n/);
  await program.logged(/b\.bin does not exist yet/);
  writeFileSync(at('b.bin'), await bytesOf(1, 'b'));
  await program.shown(/\/\/b\/1\n/);
  renameSync(at('a.bin'), at('a.old'));
  writeFileSync(at('a.bin'), await bytesOf(1, 'new'));
  await program.shown(/\/\/new\/1\n/);
  appendFileSync(at('b.bin'), await bytesOf(1, 'last'));
  t.equal((await program.ended).code, ExitCode.done);
  t.equal(await readPaths(at('out')), '/1 /1 /1 /1');
});

t.test('a pattern finds files that come later, but no rotated file twice and no output', async (t) => {
  const dir = folder(t);
  const at = (name: string) => join(dir, name);
  mkdirSync(at('logs'));
  write(at('logs/a.bin'), await bytesOf(1, 'a'));
  const program = new WarmTsdump(t, [
    '-nr',
    at('logs/*.bin'),
    '--follow',
    '-w',
    at('logs/out.bin'),
    '--until',
    '~d last',
  ]);
  await program.shown(/\/\/a\/1\n/);
  renameSync(at('logs/a.bin'), at('logs/a-rotated.bin'));
  writeFileSync(at('logs/b.bin'), await bytesOf(1, 'b'));
  await program.shown(/\/\/b\/1\n/);
  writeFileSync(at('logs/c.bin'), await bytesOf(1, 'last'));
  const { code, stdout } = await program.ended;
  t.equal(code, ExitCode.done);
  t.strictSame(String(stdout).match(/(?<=GET http:\/\/)\w+/g), ['a', 'b', 'last']);
});

t.test('damage in the middle', async (t) => {
  const dir = folder(t);
  const bytes = await bytesOf(2);
  for (const [args, ends] of [
    [[], false],
    [['--strict'], true],
  ] as const) {
    const path = write(join(dir, 'x.bin'), Buffer.concat([bytes, Buffer.from('garbage'), bytes]));
    const program = new WarmTsdump(t, ['-nr', path, '--follow', ...args]);
    if (!ends) {
      await program.logged(/garbage|damage/i);
      program.signal();
    }
    t.equal((await program.ended).code, ExitCode.input, args.join());
  }
});

t.test('ends', async (t) => {
  const dir = folder(t);
  const path = write(join(dir, 'x.bin'), await bytesOf(2));
  for (const args of [
    ['--duration', '100ms'],
    ['--idle-timeout', '100ms'],
    ['--max-flows', '2'],
    ['--until', '~u /2'],
  ]) {
    t.equal((await runWarm(['-nqr', path, '--follow', ...args])).code, ExitCode.done, args.join(' '));
  }
  const checked = await runWarm(['-nqr', path, '--follow', '--max-flows', '2', '--expect', '3: ~all']);
  t.equal(checked.code, ExitCode.checkFailed);
});

t.test('wrong usage', async (t) => {
  const path = join(folder(t), 'none.bin');
  for (const args of [
    ['-n', '--follow'],
    ['-p', '0', '--follow'],
    ['-nr', path, '--follow', '--sort'],
    ['-nr', path, '--follow', '-w', path],
  ]) {
    t.equal((await runWarm(args)).code, ExitCode.usage, args.join(' '));
  }
  t.equal((await runWarm(['-nr', folder(t), '--follow'])).code, ExitCode.input, 'a folder');
});

t.test('flows of a time', async (t) => {
  const path = join(folder(t), 'x.bin');
  await writeFlows(path, 5);
  const out = join(folder(t), 'out.bin');
  // The flows began at 2023-11-14T22:13:21Z and each second after it.
  const table: [args: string[], paths: string][] = [
    [['--since', '2023-11-14T22:13:23Z'], '/3 /4 /5'],
    [['--before', '1700000003'], '/1 /2'],
    [['--since', '1700000002', '--before', '1700000004'], '/2 /3'],
    [['--since', '1700000002', '~c 500'], '/2 /4'],
    [['--since', '1700000002', '~b "body 4"'], '/4'],
    [['--since', '2h'], ''],
    [['--before', '2h'], '/1 /2 /3 /4 /5'],
  ];
  for (const [args, paths] of table) {
    t.equal((await runWarm(['-nqr', path, '-w', out, ...args])).code, ExitCode.done);
    t.equal(await readPaths(out), paths, args.join(' '));
  }
  const compared = await runWarm(['-nr', path, '--diff', path, '--since', '1700000002', '--before', '1700000005']);
  t.match(String(compared.stdout), /^No differences in 3 flows\./);
  t.equal((await runWarm(['-nqr', path, '--since', 'yesterday'])).code, ExitCode.usage);
});
