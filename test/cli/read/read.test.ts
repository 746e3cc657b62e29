import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, linkSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readPaths, writeFlows } from '../flows.js';
import { commandOf, Tsdump } from '../tsdump.js';
import { runWarm } from '../warm.js';

const dir = t.testdir({});
const at = (name: string) => join(dir, name);
await writeFlows(at('a'), 10);
const bytes = readFileSync(at('a'));

/** The numbers of the flows that were shown. */
const paths = (text: Buffer | string): string =>
  [...String(text).matchAll(/example\.com\/(\d+)/g)].map(([, n]) => n).join(' ');
const all = '1 2 3 4 5 6 7 8 9 10';
const written = async (input: string | Buffer): Promise<string> => (await readPaths(input)).replaceAll('/', '');

t.test('shows', async (t) => {
  const { code, stdout, stderr } = await runWarm(['-nr', at('a')]);
  t.equal(code, 0);
  t.equal(paths(stdout), all);
  t.equal(stderr, '');
});

t.test('filters: which flows are shown and which are written', async (t) => {
  const cases: [args: string[], shown: string, saved: string][] = [
    [['~c', '500'], '2 4 6 8 10', '2 4 6 8 10'],
    [['~u', '/1$', '|', '~u', '/3$'], '1 3', '1 3'],
    [['~b', '"body 7"'], '7', '7'],
    [['--set', 'dumper_filter=~u /3$'], '3', all],
    [['--set', 'save_stream_filter=~u /3$'], all, '3'],
    [['--set', 'readfile_filter=~u /3$'], '3', '3'],
    [['--set', 'readfile_filter=~bs "body 3"'], '3', '3'],
    [['~u', '/[1-3]$', '--set', 'dumper_filter=~u /3$'], '3', '1 2 3'],
    [['~u', '/[1-3]$', '--set', 'dumper_filter='], '1 2 3', '1 2 3'],
    [['--flow-detail', '0'], '', all],
    [['-q'], '', all],
    [['-q', '--flow-detail', '1'], all, all],
  ];
  for (const [args, shown, saved] of cases) {
    const { code, stdout, stderr } = await runWarm(['-nr', at('a'), '-w', at('out'), ...args]);
    t.equal(code, 0, args.join(' '));
    t.equal(paths(stdout), shown, `${args.join(' ')}: shown`);
    t.equal(stderr, '');
    t.equal(await written(at('out')), saved, `${args.join(' ')}: written`);
  }
});

t.test('detail', async (t) => {
  t.notMatch(String((await runWarm(['-nr', at('a'), '~u', '/1$'])).stdout), /Host:|body 1/);
  t.match(String((await runWarm(['-nr', at('a'), '-v', '~u', '/1$'])).stdout), /Host: example\.com/);
  t.match(String((await runWarm(['-nr', at('a'), '--flow-detail', '4', '~u', '/1$'])).stdout), /body 1/);
});

t.test('missing and odd members of a foreign HAR are reported in a line', async (t) => {
  const entry = (url: string, more: object = {}) => ({ request: { method: 'GET', url }, startedDateTime: 0, ...more });
  const entries = [entry('http://example.com/1', { comment: 5 }), entry('data:,x'), entry('http://example.com/2')];
  const odd = at('odd.har');
  writeFileSync(odd, JSON.stringify({ log: { entries } }));
  const line = '1 invalid member: comment (1); 1 entry that is not HTTP: data: (1).\n';
  const place = 'in the entry at offset 19 comment is not text';
  for (const args of [[], ['--sort']]) {
    const { code, stdout, stderr } = await runWarm(['-nr', odd, ...args]);
    t.same([code, paths(stdout)], [0, '1 2']);
    t.ok(stderr.endsWith(`${odd}: ${line}`), stderr);
    t.equal(stderr.split('\n').length, 2);
  }
  const verbose = await runWarm(['-nr', odd, '-v']);
  t.ok(verbose.stderr.includes(`${odd}: ${place}\n`), verbose.stderr);
  t.ok(verbose.stderr.endsWith(line), verbose.stderr);
  const strict = await runWarm(['-nr', odd, '--strict']);
  t.equal(strict.code, 4);
  t.ok(strict.stderr.endsWith(`${odd}: ${place} [input-metadata]\n`), strict.stderr);
});

t.test('stdin to stdout: flows there, readable lines on stderr', async (t) => {
  const { code, stdout, stderr } = await runWarm(['-nr', '-', '-w', '-', '~c', '500'], { input: bytes });
  t.equal(code, 0);
  t.equal(paths(stderr), '2 4 6 8 10');
  t.equal(await written(stdout), '2 4 6 8 10');
});

t.test('appends', async (t) => {
  writeFileSync(at('more'), bytes);
  await runWarm(['-nr', at('a'), '-w', `+${at('more')}`, '~u', '/3$']);
  t.equal(await written(at('more')), `${all} 3`);
});

t.test('input and output are the same file', async (t) => {
  linkSync(at('a'), at('link'));
  for (const output of [at('a'), `+${at('a')}`, at('link'), `${dir}/./a`]) {
    const { code, stderr } = await runWarm(['-nr', at('a'), '-w', output]);
    t.equal(code, 2, output);
    t.match(stderr, /^tsdump: input and output are the same file/);
  }
  const appending = shell('"$@" -nr "$0" -w - >> "$0"', at('a'));
  t.equal(appending.status, 2, 'stdout appended to the input');
  t.ok(readFileSync(at('a')).equals(bytes), 'the file is as it was');
});

t.test('damage', async (t) => {
  const third = Math.round(bytes.length / 3);
  const middle = Buffer.from(bytes);
  middle.fill(0x55, third, third + 20);
  const cases: [string, Buffer, RegExp, RegExp][] = [
    ['cut off', bytes.subarray(0, -5), /^1 2 3 4 5 6 7 8 9$/, /^tsdump: \S+: .*\boffset \d+/],
    ['garbage in the middle', middle, /^1 2 (.*) 9 10$/, /^tsdump: \S+: .*\boffset \d+/],
    [
      'garbage only',
      Buffer.from('not a flow file at all, but some text'),
      /^$/,
      /^tsdump: \S+: this is not a flow file/,
    ],
  ];
  for (const [what, content, readable, message] of cases) {
    writeFileSync(at('damaged'), content);
    for (const args of [
      ['-nr', at('damaged')],
      ['-nr', '-'],
    ]) {
      const { code, stdout, stderr } = await runWarm(args, { input: content });
      t.equal(code, 4, `${what}: exit code`);
      t.match(paths(stdout), readable, `${what}: the rest is read`);
      t.match(stderr, message, `${what}: says where`);
    }
  }
  writeFileSync(at('damaged'), middle);
  const { code, stdout, stderr } = await runWarm(['--strict', '-nr', at('damaged')]);
  t.equal(code, 4, 'strict');
  t.notMatch(paths(stdout), /10/, 'strict: stops');
  t.match(stderr, /offset/);
  t.ok(/^1 2/.test(paths(stdout)), 'strict: what stands before is read');
});

t.test('an empty input has no flows', async (t) => {
  const { code, stdout, stderr } = await runWarm(['-nr', '-']);
  t.equal(code, 0);
  t.equal(String(stdout), '');
  t.equal(stderr, '');
});

t.test('an output that cannot be written', { skip: existsSync('/dev/full') ? false : 'no /dev/full' }, async (t) => {
  const { code, stderr } = await runWarm(['-nr', at('a'), '-w', '/dev/full']);
  t.equal(code, 5);
  t.match(stderr, /Cannot write \/dev\/full: .*no space left/i);
  for (const script of ['"$@" -nr "$0" > /dev/full', '"$@" -nr "$0" -w - > /dev/full']) {
    const { status, stderr } = shell(script, at('a'));
    t.equal(status, 5, script);
    t.match(String(stderr), /stdout/, script);
  }
});

t.test('a reader that has got enough', async (t) => {
  await writeFlows(at('many'), 20_000);
  const display = reading(['-nr', at('many')]);
  t.equal(await codeAfterClosing(display), 0, 'of the display');
  const flows = reading(['-nr', at('many'), '-q', '-w', '-']);
  t.equal(await codeAfterClosing(flows), 0, 'of the flows');
  const both = reading(['-nr', at('many'), '-w', at('copy')]);
  t.equal(await codeAfterClosing(both), 0, 'of the display while a file is written');
  t.equal(statSync(at('copy')).size, statSync(at('many')).size, 'which is whole');
});

t.test('a signal ends reading in order', async (t) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const program = new Tsdump(t, ['-nr', '-', '-w', at('signalled')]);
    program.child.stdin!.write(bytes);
    await program.shown(/\/1\b/);
    program.child.kill(signal);
    const ended = await program.ended;
    t.equal(ended.code, 0, signal);
    t.equal(ended.stderr, '');
    t.equal(await written(at('signalled')), paths(ended.stdout), 'what was shown is written');
  }
});

t.test('flows come as they are written', async (t) => {
  const program = new Tsdump(t, ['-nr', '-']);
  program.child.stdin!.write(bytes);
  await program.shown(/\/10\b/);
  t.pass('before the input has ended');
  program.child.stdin!.end();
  t.equal(paths((await program.ended).stdout), all);
});

/** Runs a line of shell in which `"$@"` is the program and `$0` a file. */
function shell(script: string, file: string): SpawnSyncReturns<Buffer> {
  return spawnSync('sh', ['-c', script, file, ...commandOf()], { env: { PATH: process.env.PATH, HOME: dir } });
}

/** The program, whose output is not read yet. */
function reading(args: string[]): ChildProcess {
  const [command, ...before] = commandOf();
  const env = { PATH: process.env.PATH, HOME: dir };
  const child = spawn(command, [...before, ...args], { stdio: ['ignore', 'pipe', 'ignore'], env });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

/** Takes the first piece of stdout, then closes it. */
async function codeAfterClosing(child: ChildProcess): Promise<number | null> {
  await once(child.stdout!, 'data');
  child.stdout!.destroy();
  const [code] = await once(child, 'exit');
  return code;
}
