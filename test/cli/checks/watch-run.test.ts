import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ExitCode } from '../../../src/cli/process/exit-codes.js';
import { folder } from '../../support/folder.js';
import { readPaths, writeFlows } from '../flows.js';
import { run, Tsdump } from '../tsdump.js';
import { runWarm } from '../warm.js';

/** A capture of `/1` to `/20`; those with an even number were answered with 500. */
async function capture(t: Test): Promise<string> {
  const path = join(folder(t), 'in.bin');
  await writeFlows(path, 20);
  return path;
}

t.test('checks of a capture', async (t) => {
  const input = await capture(t);
  const table: [args: string[], code: ExitCode, failed: number][] = [
    [['--expect', '10: ~c 500'], ExitCode.done, 0],
    [['--expect', '~c 500', '--fail-on', '~c 404'], ExitCode.done, 0],
    [['--expect', '>=11: ~c 500'], ExitCode.checkFailed, 1],
    [['--fail-on', '~c 5xx', '--fail-on', '~u /1$', '--expect', '~c 200'], ExitCode.checkFailed, 2],
    [['--fail-on', '~bs "body 3"'], ExitCode.checkFailed, 1],
    // A filter on the command line selects the flows.
    [['--expect', '0: ~c 500', '~c 200'], ExitCode.done, 0],
    [['--expect', '10: ~all', '~c 200', '--set', 'readfile_filter=~all'], ExitCode.done, 0],
    [['--expect-latency', 'p95 <300ms'], ExitCode.checkFailed, 1],
    [['--expect', '>=3: ~x'], ExitCode.usage, 0],
    [['--until', '~x'], ExitCode.usage, 0],
  ];
  for (const [args, code, failed] of table) {
    const ended = await run(t, ['-nr', input, ...args]);
    t.equal(ended.code, code, args.join(' '));
    t.equal(ended.stderr.split('\n').filter((line) => line.includes('Check failed: ')).length, failed, args.join(' '));
  }
});

t.test('a failed check names its flows, in the log and in reports', async (t) => {
  const input = await capture(t);
  const report = join(folder(t), 'report.json');
  const { stderr, code } = await runWarm([
    '-qnr',
    input,
    '--fail-on',
    '~u /7$',
    '--expect',
    '~c 200',
    '--report',
    `json=${report}`,
  ]);
  t.equal(code, ExitCode.checkFailed);
  t.match(stderr, /^tsdump: Check failed: --fail-on '~u \/7\$': .*\n {4}GET http:\/\/example\.com\/7 -> 200, /);
  const { outcome, suites } = JSON.parse(readFileSync(report, 'utf8'));
  t.equal(outcome, 'failed');
  const [{ name, properties, cases }] = suites;
  t.equal(name, 'checks');
  t.strictSame(properties, { flows: 20 });
  t.match(cases, [
    { name: "--fail-on '~u /7$'", group: 'fail_on', outcome: 'failed', code: 'too_many', details: [/\/7 -> 200/] },
    { name: "--expect '~c 200'", group: 'expect', outcome: 'passed' },
  ]);
});

t.test('damage and a failed output are worse than a failed check', async (t) => {
  const input = await capture(t);
  const torn = join(folder(t), 'torn.bin');
  writeFileSync(torn, readFileSync(input).subarray(0, -3));
  t.equal((await runWarm(['-nr', torn, '--fail-on', '~all'])).code, ExitCode.input);
  t.equal((await runWarm(['-nr', input, '--fail-on', '~all', '--report', 'md=/dev/full'])).code, ExitCode.output);
});

t.test('ends when reading', async (t) => {
  const input = await capture(t);
  const out = join(folder(t), 'out.bin');
  const table: [args: string[], paths: string][] = [
    [['--max-flows', '2'], '/1 /2'],
    [['--max-flows', '2', '~c 500'], '/2 /4'],
    [['--until', '~u /3$'], '/1 /2 /3'],
    [['--until', '~bs "body 2"'], '/1 /2'],
    [['--max-flows', '100'], Array.from({ length: 20 }, (_, at) => `/${at + 1}`).join(' ')],
  ];
  for (const [args, paths] of table) {
    t.equal((await runWarm(['-nqr', input, '-w', out, ...args])).code, ExitCode.done);
    t.equal(await readPaths(out), paths, args.join(' '));
  }
});

t.test('a pipe that is silent', async (t) => {
  for (const flag of ['--idle-timeout', '--duration']) {
    const program = new Tsdump(t, ['-nr', '-', flag, '50ms']);
    t.equal((await program.ended).code, ExitCode.done, flag);
  }
});
