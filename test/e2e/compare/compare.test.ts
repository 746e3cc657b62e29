import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type Ended, run as runProgram, Tsdump } from '../../cli/tsdump.js';
import { runWarm } from '../../cli/warm.js';
import { folder } from '../../support/folder.js';
import { recordCurl, replayWarm } from '../replay/support.js';
import { needs } from '../support/command.js';
import { PATHS, PLANTED, startShop } from './shop.js';

const dir = folder(t);
const at = (name: string): string => join(dir, name);

const [old, same, changed] = await Promise.all([startShop(t, 1, 1), startShop(t, 1, 2), startShop(t, 2, 3)]);

/** `METHOD PATH: DIFFERENCE` for each line below the name of a flow. */
function differences(stdout: string): string[] {
  const found: string[] = [];
  let flow = '';
  // The groups at the end follow an empty line.
  for (const line of stdout.split('\n\n', 1)[0]!.split('\n')) {
    if (line.startsWith('  ')) found.push(`${flow}: ${line.trim()}`);
    else flow = line.replace(/http:\/\/[^/]+/, '');
  }
  return found;
}

interface Shown {
  code: number | null;
  stdout: string;
  stderr: string;
}

const shown = ({ code, stdout, stderr }: Ended): Shown => ({ code, stdout: stdout.toString(), stderr });
const run = async (...args: Parameters<typeof runWarm>): Promise<Shown> => shown(await runWarm(...args));
const replay = async (...args: Parameters<typeof replayWarm>): Promise<Shown> => shown(await replayWarm(...args));

function diff(one: string, other: string, args: readonly string[] = []): Promise<Shown> {
  return run(['-nr', one, '--diff', other, ...args]);
}

t.test('comparing', needs('curl'), async (t) => {
  const record = (port: number) =>
    recordCurl(
      t,
      PATHS.map((path) => ['--compressed', `http://127.0.0.1:${port}${path}`]),
    );
  const recorded = await record(old);
  const again = await record(old);
  const now = await record(changed);
  const staging = (port: number) => ['--replay-to', `http://127.0.0.1:${port}`];
  const rules = at('rules.yaml');

  await t.test('noise is learned from two captures', async (t) => {
    const learned = await diff(recorded, again, ['--replay-learn', rules]);
    t.equal(learned.code, 0);
    t.equal(learned.stdout, '');
    const text = readFileSync(rules, 'utf8');
    t.match(text, /^- type:uuid header:x-request-id$/m);
    t.match(text, /^ {4}- order:\$\.tags$/m);
    t.notMatch(text, /status/);
    const { code, stdout } = await diff(recorded, again, ['--ignore-file', rules]);
    t.equal(stdout, `No differences in ${PATHS.length} flows.\n`);
    t.equal(code, 0);
  });

  await t.test('two captures: exactly what was planted', async (t) => {
    const { code, stdout } = await diff(recorded, now, ['--ignore-file', rules]);
    t.same(differences(stdout).sort(), PLANTED.toSorted());
    t.match(stdout, /7 of 9 flows differ\.\n$/);
    t.equal(code, 1);
  });

  await t.test('a replay: exactly what was planted', async (t) => {
    const { code, stdout } = await replay(recorded, [...staging(changed), '--replay-compare', '--ignore-file', rules]);
    t.same(differences(stdout).sort(), PLANTED.toSorted());
    t.equal(code, 1);
  });

  await t.test('a replay to the same version on another port', async (t) => {
    const { code, stdout } = await replay(recorded, [...staging(same), '--replay-compare', '--ignore-file', rules]);
    t.equal(stdout, `No differences in ${PATHS.length} flows.\n`);
    t.equal(code, 0);
  });

  await t.test('noise is learned by replaying twice, also of a server that has changed', async (t) => {
    const file = at('replayed.yaml');
    const learned = await replay(recorded, [...staging(changed), '--replay-learn', file]);
    t.equal(learned.code, 0);
    const { stdout } = await replay(recorded, [...staging(changed), '--replay-compare', '--ignore-file', file]);
    t.same(differences(stdout).sort(), PLANTED.toSorted());
  });

  await t.test('rules are added to a file, which keeps what is there', async (t) => {
    const file = at('kept.yaml');
    writeFileSync(file, '# by hand\n- type:uuid header:x-request-id');
    await diff(recorded, again, ['--replay-learn', file]);
    const text = readFileSync(file, 'utf8');
    t.ok(text.startsWith('# by hand\n- type:uuid header:x-request-id\n\n'));
    t.equal(text.match(/x-request-id/g)?.length, 1);
    const again2 = await diff(recorded, again, ['--replay-learn', file]);
    t.match(again2.stderr, /Nothing new to learn/);
    t.equal(readFileSync(file, 'utf8'), text);
  });

  await t.test('without anything to learn, the file has no rules', async (t) => {
    const file = at('nothing-learned.yaml');
    t.equal((await diff(recorded, recorded, ['--replay-learn', file])).code, 0);
    const { code, stdout } = await diff(recorded, recorded, ['--ignore-file', file]);
    t.equal(code, 0);
    t.equal(stdout, `No differences in ${PATHS.length} flows.\n`);
    await diff(recorded, again, ['--replay-learn', file]);
    t.match(readFileSync(file, 'utf8'), /^- type:uuid header:x-request-id$/m, 'rules can be added');
  });

  await t.test('a difference that occurred once is not learned', async (t) => {
    const file = at('flake.yaml');
    const { code, stdout } = await diff(recorded, now, ['--replay-learn', file]);
    t.equal(code, 0);
    t.match(stdout, /Not learned[\s\S]*\$\.items\[\*\]\.price: 120 → 12 \(1 of 2\)/);
    t.match(stdout, /status: 200 → 500/);
    const left = differences((await diff(recorded, now, ['--ignore-file', file])).stdout);
    t.same(left.sort(), PLANTED.toSorted());
  });

  await t.test('reports have a case for each flow', async (t) => {
    const [json, junit, md] = ['r.json', 'r.xml', 'r.md'].map(at) as [string, string, string];
    const reports = ['--report', `json=${json}`, '--report', `junit=${junit}`, '--report', `md=${md}`];
    await diff(recorded, now, ['--ignore-file', rules, ...reports]);
    const { suites } = JSON.parse(readFileSync(json, 'utf8'));
    t.equal(suites[0].name, 'diff');
    const cases = suites[0].cases as { name: string; outcome: string; code?: string }[];
    t.equal(cases.length, PATHS.length);
    t.equal(cases.filter(({ outcome }) => outcome === 'failed').length, PLANTED.length);
    t.equal(cases.find(({ name }) => name === 'GET /items/4')?.code, 'status');
    t.match(readFileSync(junit, 'utf8'), /<testcase name="GET \/items\/4"/);
    t.ok(existsSync(md));
  });

  const ignoring = ['--ignore-file', rules];
  const CODES: [name: string, args: string[], code: number, message?: RegExp][] = [
    ['equal', ['-nr', recorded, '--diff', recorded], 0],
    ['different', ['-nr', recorded, '--diff', now, ...ignoring], 1],
    ['none counts', ['-nr', recorded, '--diff', now, '--fail-on-diff', 'none'], 0],
    ['status counts', ['-nr', recorded, '--diff', now, ...ignoring, '--fail-on-diff', 'status'], 1],
    ['only latency counts', ['-nr', recorded, '--diff', now, '--fail-on-diff', 'slower'], 0],
    [
      'status without its flow',
      ['-nr', recorded, '~u /page', '--diff', now, ...ignoring, '--fail-on-diff', 'status'],
      0,
    ],
    ['a filter', ['-nr', recorded, '~u items/1', '--diff', now, ...ignoring], 0],
    ['rules on the command line', ['-nr', recorded, '~u items/1', '--diff', now, '--ignore', 'type:uuid'], 0],
    [
      'a rule that matched nothing',
      ['-nr', recorded, '--diff', recorded, '--ignore', '$.x'],
      0,
      /1 rule matched no difference:\n.*--ignore: \$\.x/,
    ],
    ['a wrong rule', ['-nr', recorded, '--diff', now, '--ignore', '$.a['], 2, /column 5.*\n {2}\$\.a\[\n {6}\^/],
    [
      'a wrong file of rules',
      ['-nr', recorded, '--diff', now, '--ignore-file', at('wrong.yaml')],
      2,
      /wrong\.yaml:2:3: this is not a rule/,
    ],
    ['no file of rules', ['-nr', recorded, '--diff', now, '--ignore-file', at('none.yaml')], 2],
    ['none and another', ['-nr', recorded, '--diff', now, '--fail-on-diff', 'none', '--fail-on-diff', 'body'], 2],
    ['no second capture', ['-nr', recorded, '--diff', at('missing')], 4],
    ['-w', ['-nr', recorded, '--diff', now, '-w', at('out')], 2],
    ['without -n', ['-r', recorded, '--diff', now], 2, /-n/],
    ['stdin twice', ['-nr', '-', '--diff', '-'], 2],
    ['nothing to compare', ['-nr', recorded, '--replay-compare'], 2],
    ['an option that has no effect', ['-nr', recorded, '--fail-on-diff', 'body'], 2],
    ['learning to a folder that is missing', ['-nr', recorded, '--diff', again, '--replay-learn', at('no/rules')], 5],
  ];
  writeFileSync(at('wrong.yaml'), '- header:a\n- price\n');
  for (const [name, args, code, message] of CODES) {
    await t.test(name, async (t) => {
      const ended = await run(args);
      t.equal(ended.code, code, ended.stderr);
      if (message) t.match(ended.stderr, message);
    });
  }

  await t.test('a capture from a pipe, and flows of one side', async (t) => {
    const args = ['-nr', '-', '~u items', '--diff', now, '--diff', recorded, '--ignore-file', rules];
    const ended = shown(await runProgram(t, args, { input: readFileSync(recorded) }));
    t.match(ended.stdout, /only in .* and 1 other file/);
    t.match(ended.stdout, /3 only in /);
  });

  await t.test('an interrupted comparison is not a success', async (t) => {
    const comparing = new Tsdump(t, ['-nr', recorded, '--diff', '-', '--fail-on-diff', 'none']);
    const flows = readFileSync(now);
    const many = Buffer.concat(new Array(Math.ceil(2 ** 20 / flows.length)).fill(flows));
    // More than a pipe holds: once it is written, the program is reading.
    await new Promise((resolve) => comparing.child.stdin!.write(many, resolve));
    comparing.child.kill('SIGTERM');
    const { code, stdout, stderr } = await comparing.ended;
    t.equal(code, 1);
    t.match(stdout, /^Interrupted; /m);
    t.match(stderr, /Interrupted: not all flows were compared/);
  });
});
