import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readPaths, writeFlows } from './flows.js';
import { run } from './tsdump.js';
import { runWarm } from './warm.js';

const dir = t.testdir({});
const at = (name: string) => join(dir, name);
await writeFlows(at('a.bin'), 3, 'a.example');
await writeFlows(at('b.bin'), 2, 'b.example');
await writeFlows(at('cut.bin'), 3, 'cut.example');
truncateSync(at('cut.bin'), readFileSync(at('cut.bin')).length - 5);
writeFileSync(at('a.bin.live'), '');
mkdirSync(at('sub'));

const A = 'a/1 a/2 a/3';
const B = 'b/1 b/2';
/** `a/1 a/2 …`, as shown. */
const shown = (text: Buffer): string =>
  [...String(text).matchAll(/(\w+)\.example(\/\d+)/g)].map(([, host, path]) => host! + path!).join(' ');

t.test('one after the other', async (t) => {
  const cases: [args: string[], expected: string][] = [
    [['-r', at('a.bin'), '-r', at('b.bin')], `${A} ${B}`],
    [['-r', at('b.bin'), '-r', at('a.bin')], `${B} ${A}`],
    [['-r', at('[ab].bin')], `${A} ${B}`],
    [['-r', at('[ab].bin*')], `${A} ${B}`],
    [['--set', `rfile=${at('a.bin')}`, '--set', `rfile=${at('b.bin')}`], `${A} ${B}`],
    [['--set', `rfile=${at('a.bin')}`], A],
    [['-r', at('a.bin'), '-r', '-', '-r', at('a.bin')], `${A} ${B} ${A}`],
    [['-r', at('?.bin'), '~u', '/1$'], 'a/1 b/1'],
  ];
  for (const [args, expected] of cases) {
    const { code, stdout, stderr } = await runWarm(['-n', ...args], { input: readFileSync(at('b.bin')) });
    t.equal(shown(stdout), expected, args.join(' '));
    t.equal(stderr, '');
    t.equal(code, 0);
  }
});

t.test('without anything to read', async (t) => {
  for (const args of [['-n'], ['-nr', '']]) t.equal((await runWarm(args)).code, 2, args.join(' '));
  t.equal((await runWarm(['-nr', '-', '-r', '-'])).code, 2, 'stdin twice');
});

t.test('damage in one of several inputs', async (t) => {
  const cases: [bad: string, stderr: RegExp, readable: string, strict: string][] = [
    ['cut.bin', /cut\.bin: the end is cut off/, 'cut/1 cut/2', 'a/1 a/2 a/3 cut/1 cut/2'],
    ['none.bin', /Cannot read .+none\.bin: no such file/, '', ''],
    ['*.none', /Cannot read .+\*\.none: no file matches this pattern/, '', ''],
    ['sub', /Cannot read .+sub: it is a folder/, '', ''],
  ];
  for (const [bad, message, readable, strict] of cases) {
    const args = ['-nr', at('a.bin'), '-r', at(bad), '-r', at('b.bin')];
    const lenient = await runWarm(args);
    t.equal(lenient.code, 4, bad);
    t.equal(shown(lenient.stdout), [A, readable, B].filter(Boolean).join(' '), 'the others are read');
    t.match(lenient.stderr, message);
    const stopped = await runWarm(['--strict', ...args]);
    t.equal(stopped.code, 4, `${bad}: strict`);
    t.equal(shown(stopped.stdout), strict);
    t.match(stopped.stderr, message);
  }
  writeFileSync(at('out.bin'), 'something');
  t.equal((await runWarm(['-nr', at('*.none'), '-w', at('out.bin')])).code, 4);
  t.equal(String(readFileSync(at('out.bin'))), 'something', 'the output is not emptied for nothing');
});

t.test('none of them is the output', async (t) => {
  for (const given of [
    ['-r', at('a.bin'), '-r', at('b.bin')],
    ['-r', at('?.bin')],
  ]) {
    const { code, stderr } = await runWarm(['-n', ...given, '-w', at('b.bin')]);
    t.equal(code, 2);
    t.match(stderr, /input and output are the same file: .+b\.bin/);
  }
  t.equal(await readPaths(at('b.bin')), '/1 /2', 'it is as it was');
});

t.test('sorted by when they began', async (t) => {
  const sorted = 'a/1 b/1 a/2 b/2 a/3';
  for (const args of [
    ['-r', at('a.bin'), '-r', at('b.bin')],
    ['-r', at('a.bin'), '-r', '-'],
    ['-r', at('[ab].bin')],
  ]) {
    const { code, stdout, stderr } = await runWarm(['--sort', '-n', ...args], { input: readFileSync(at('b.bin')) });
    t.equal(shown(stdout), sorted, args.join(' '));
    t.equal(stderr, '');
    t.equal(code, 0);
  }
  const written = await runWarm(['--sort', '-nr', at('[ab].bin'), '-qw', at('sorted.bin'), '~u', '/[12]$']);
  t.equal(written.code, 0);
  t.equal(await readPaths(at('sorted.bin')), '/1 /1 /2 /2');
  const body = await runWarm(['--sort', '-nr', '-', '-r', at('a.bin'), '~b', '"body 2"', '--flow-detail', '3'], {
    input: readFileSync(at('b.bin')),
  });
  t.equal(shown(body.stdout), 'b/2 a/2', 'bodies are there, equal times in the order of the inputs');
  t.match(String(body.stdout), /body 2.*body 2/s);
});

t.test('sorted, and what is wrong in one', async (t) => {
  const args = ['--sort', '-nr', at('a.bin'), '-r', at('cut.bin')];
  const lenient = await runWarm(args);
  t.equal(lenient.code, 4);
  t.equal(shown(lenient.stdout), 'a/1 cut/1 a/2 cut/2 a/3');
  t.equal(lenient.stderr.match(/cut off/g)?.length, 1, 'told once');
  const strict = await runWarm([...args, '--strict']);
  t.equal(strict.code, 4);
  t.equal(shown(strict.stdout), '', 'nothing is read in a wrong order');
});

t.test('sorted, without room for what stdin brings', async (t) => {
  await writeFlows(at('many.bin'), 2000);
  const { code, stdout, stderr } = await run(t, ['--sort', '-nr', '-', '--set', `spool_dir=${dir}`], {
    input: readFileSync(at('many.bin')),
    shell: 'trap "" XFSZ; ulimit -f 100; exec "$@"',
  });
  t.equal(code, 5);
  t.equal(shown(stdout), '');
  t.match(stderr, /Cannot write a temporary file in \S+ \(spool_dir\): the file would become too large/);
});
