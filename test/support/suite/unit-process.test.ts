import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { write } from '../folder.js';
import type { Outcome } from './outcome.js';
import { runUnit } from './unit-process.js';

const TESTS = fileURLToPath(new URL('../..', import.meta.url));

const GOOD = `import t from 'tap'; t.test('inner', async (t) => { t.pass('a'); t.pass('b'); }); t.pass('c');`;

// Many processes are started.
t.setTimeout(120_000);

async function runFiles(t: Test, sources: Record<string, string>, patience = 60_000) {
  const dir = t.testdir();
  const files = Object.entries(sources).map(([name, source]) => {
    mkdirSync(join(dir, 'dir'), { recursive: true });
    write(join(dir, 'dir/package.json'), '{ "type": "module" }');
    return relative(TESTS, write(join(dir, 'dir', name), source));
  });
  const ended: { file: string; outcome: Outcome; output: string }[] = [];
  await runUnit(files, {
    patience,
    onOutcome: (file, outcome, output) => ended.push({ file: file.replace(/.*\//, ''), outcome, output }),
  });
  return ended;
}

t.test('files of one process are told apart', async (t) => {
  const ended = await runFiles(t, {
    'first.js': `globalThis.first = true; ${GOOD} t.match(t.testdirName, /first/);`,
    'second.js': `import t from 'tap'; t.equal(globalThis.first, true); t.test('later', { skip: 'a reason' }, () => {});`,
  });
  t.match(ended, [
    { file: 'first.js', outcome: { passed: 4, failures: [], skipped: [] } },
    {
      file: 'second.js',
      outcome: { passed: 1, failures: [], skipped: [{ name: /second\.js > later$/, reason: 'a reason' }] },
    },
  ]);
});

t.test('failures are reported for their file, and the others run', async (t) => {
  const table: [source: string, name: RegExp, details: RegExp, output?: RegExp][] = [
    [`import t from 'tap'; t.test('x', async (t) => t.equal(1, 2, 'numbers'));`, / > x > numbers$/, /\+1/],
    [`import t from 'tap'; t.test('x', async () => { throw new Error('thrown'); });`, / > x > thrown$/, /0\.js/],
    [`import t from 'tap'; t.pass(); throw new Error('thrown');`, / > thrown$/, /0\.js/],
    [`import './none.js';`, / > Cannot find module/, /ERR_MODULE_NOT_FOUND/],
    [`import t from 'tap'; t.test('x', (t) => { t.plan(2); t.pass(); t.end(); });`, / > x/, /2/],
    ['', /\.js$/, /^It has no tests\.$/],
    [`console.log('leaving'); process.exit(3);`, /\.js$/, /^Its process ended with 3\.$/, /leaving/],
    [`process.kill(process.pid, 'SIGKILL'); await new Promise(() => {});`, /\.js$/, /ended with SIGKILL\.$/],
    [`setTimeout(() => { throw new Error('late'); }); await new Promise(() => {});`, /\.js/, /ended with 1\.$/, /late/],
  ];
  const sources = table.map(([source], index): [string, string] => [`bad-${index}0.js`, source]);
  const ended = await runFiles(t, Object.fromEntries([['good.js', GOOD], ...sources, ['last.js', GOOD]]));
  t.equal(ended.length, table.length + 2);
  for (const [index, [source, name, details, output]] of table.entries()) {
    const { file, outcome, output: printed } = ended[index + 1]!;
    t.equal(file, `bad-${index}0.js`, source);
    t.match(outcome.failures[0], { name, details }, source);
    t.match(printed, output ?? '', source);
  }
  for (const { outcome } of [ended.at(0)!, ended.at(-1)!]) t.match(outcome, { passed: 3, failures: [] });
});

t.test('a file that hangs is named', async (t) => {
  const ended = await runFiles(t, { 'bad.js': 'for (;;);' }, 3000);
  t.match(ended, [{ outcome: { passed: 0, failures: [{ name: /bad\.js$/, details: /^It hung for 3 s\.$/ }] } }]);
});
