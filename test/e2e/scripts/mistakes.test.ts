import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeFlows } from '../../cli/flows.js';
import { run } from '../../cli/tsdump.js';
import { runWarm } from '../../cli/warm.js';
import { folder, write } from '../../support/folder.js';

t.setTimeout(300_000);

/** A script of some 200 lines; the lines with mistakes are added one by one. */
function script(...mistakes: [line: number, text: string][]): string {
  const lines = [
    "import { HttpResponse, type HttpFlow, type LoadContext } from 'tsdump';",
    'interface Rule { name: string; path: string; status: number }',
    'const rules: Rule[] = [];',
    'let count = 0;',
  ];
  while (lines.length < 180) {
    const n = lines.length;
    lines.push(`rules.push({ name: 'rule ${n}', path: '/path/${n}', status: ${200 + n} });`);
  }
  lines.push(
    'export function load({ log }: LoadContext): void {',
    "  log.debug('some rules');",
    '}',
    'export function flowEnd(flow: HttpFlow): void {',
    '  const rule = rules.find(({ path }) => path === flow.request.path);',
    '  if (rule) flow.response = HttpResponse.make(rule.status);',
    '  count++;',
    '}',
  );
  while (lines.length < 200) lines.push(`// line ${lines.length + 1} of ${'x'.repeat(20)}`);
  for (const [line, text] of mistakes) lines[line - 1] = text;
  return `${lines.join('\n')}\n`;
}

/** What is wrong, and what the message says: its place, and what to do. */
const MISTAKES: [name: string, mistakes: [number, string][], says: RegExp[]][] = [
  ['syntax', [[100, 'const x = ;']], [/addon\.ts:100:11: Unexpected ";"/, /100 \| const x = ;/, /\^/]],
  ['a missing package', [[2, "import _ from 'lodash'; _();"]], [/addon\.ts:2:15: .*"lodash".*npm install lodash/]],
  ['a missing file', [[2, "import { rule } from './rules.js'; rule();"]], [/addon\.ts:2:22: .*"\.\/rules\.js"/]],
  [
    'an export that tsdump does not have',
    [[1, "import { HttpRespons as HttpResponse, type HttpFlow, type LoadContext } from 'tsdump';"]],
    [/addon\.ts:1:10: .*HttpRespons.*did you mean HttpResponse\?/],
  ],
  [
    'several at once',
    [
      [2, "import _ from 'lodash'; _();"],
      [3, "import { rules } from './rules.js'; let count = 0;"],
    ],
    [/addon\.ts:2:15: /, /addon\.ts:3:23: /],
  ],
  [
    'a top level that throws',
    [[120, 'rules.find(({ name }) => name === "none")!.status;']],
    [/addon\.ts:120:\d+: TypeError/],
  ],
  ['an unknown variable', [[121, 'ruls.push();']], [/addon\.ts:121:1: ReferenceError: ruls/]],
  ['load throws', [[182, "  throw new RangeError('no rules');"]], [/addon\.ts:182:\d+: RangeError: no rules/]],
  [
    'load never ends',
    [
      [181, 'export async function load({ log }: LoadContext) {'],
      [182, '  await new Promise(() => {});'],
    ],
    [/addon\.ts:\d+:\d+: .*load awaits/],
  ],
  [
    'a hook that is no function',
    [[190, "export const request = 'hello';"]],
    [/addon\.ts:190:14: the hook request must be a function, not "hello"/],
  ],
  [
    'a filter',
    [[191, "export const filter = '~d api & ~nonsense';"]],
    [/addon\.ts:191:14: Invalid filter expression, column 10/, / {2}~d api & ~nonsense\n {2,}\^/],
  ],
  [
    'a filter that is no text',
    [[191, 'export const filter = /api/;']],
    [/addon\.ts:191:14: filter has to be a string/],
  ],
  ['hold', [[191, 'export const hold = true;']], [/addon\.ts:191:14: hold has to be 'always', and is a boolean/]],
  [
    'a function as default export',
    [[190, 'export default function request(flow: HttpFlow) {}']],
    [/addon\.ts:190:\d+: export default: .*write "export function request"/],
  ],
  [
    'a class that cannot be made',
    [[190, "export default class Rules { constructor() { throw new Error('not today'); } }"]],
    [/addon\.ts:190:\d+: new Rules\(\) failed: Error: not today/],
  ],
  [
    'a method of an object',
    [
      [190, 'export default {'],
      [191, '  request: 5,'],
      [192, '};'],
    ],
    [/addon\.ts:191:3: the hook request must be a function, not a number/],
  ],
  [
    'an option type',
    [[182, "  arguments[0].addOption('my_rules', { type: 'text', help: 'Rules.' });"]],
    [/addon\.ts:182:\d+: Error: addOption: "text" is no type; expected str/],
  ],
  [
    'an option name',
    [[182, "  arguments[0].addOption('myRules', { type: 'str', default: '', help: 'Rules.' });"]],
    [/addon\.ts:182:\d+: Error: addOption: "myRules" is not a name in snake_case/],
  ],
  [
    'an option of tsdump',
    [[182, "  arguments[0].addOption('mode', { type: 'str', default: '', help: 'Rules.' });"]],
    [/addon\.ts:182:\d+: Error: addOption: tsdump itself has an option mode/],
  ],
  [
    'a default',
    [[182, "  arguments[0].addOption('my_rules', { type: 'int', default: '1', help: 'Rules.' });"]],
    [/addon\.ts:182:\d+: Error: addOption: "1" is no default for the type int/],
  ],
  [
    'a module of Node',
    [[2, "import { DatabaseSync } from 'node:nothing'; new DatabaseSync();"]],
    [/addon\.ts:2:\d+: Node\.js [\d.]+ has no module node:nothing/],
  ],
  [
    'what a package lacks',
    [[2, "import { readFil } from 'node:fs'; readFil('x');"]],
    [/addon\.ts:2:\d+: SyntaxError: .*'node:fs'.*readFil/],
  ],
];

for (const [name, mistakes, says] of MISTAKES) {
  t.test(name, async (t) => {
    const dir = folder(t);
    const path = write(join(dir, 'addon.ts'), script(...mistakes));
    const args = ['-nr', '/dev/null', '-s', path];
    // A promise that never settles is noticed when the process has nothing left to do.
    const { code, stderr } = name === 'load never ends' ? await run(t, args) : await runWarm(args);
    t.equal(code, 2, 'exit code');
    for (const pattern of says) t.match(stderr, pattern);
    t.notMatch(stderr, /dist\/src|node:internal/, 'nothing of our own code');
  });
}

t.test('ten at once that do not keep it from running', async (t) => {
  const dir = folder(t);
  const names = [
    'reqest',
    'response_headers',
    'onRequest',
    'requestheaders',
    'tls_clienthello',
    'websocket_message',
    'clientDisconnect',
    'handleResponse',
    'flowEnds',
  ];
  const mistakes = names.map((name, at): [number, string] => [189 + at, `export function ${name}() {}`]);
  const path = write(
    join(dir, 'addon.ts'),
    script(...mistakes, [198, 'export const addons = [];'], [50, 'export function helper() {}']),
  );
  const { code, stderr } = await runWarm(['-nr', '/dev/null', '-s', path]);
  t.equal(code, 0);
  const meant = [
    'request',
    'responseHeaders',
    'request',
    'requestHeaders',
    'clientHello',
    'websocketMessage',
    'clientDisconnected',
    'response',
    'flowEnd',
  ];
  for (const [at, name] of names.entries()) {
    t.match(stderr, new RegExp(`addon\\.ts:${189 + at}:17: ${name} is no hook .*did you mean ${meant[at]}\\?`));
  }
  t.match(stderr, /addon\.ts:198:14: write "export default"/);
  t.equal(stderr.trim().split('\n').length, 10, 'and nothing else', { stderr });
});

/** What is given to -s, what is there, and what is said. */
const PATHS: [spec: string, says: RegExp][] = [
  ['none.ts', /none\.ts: there is no such file/],
  ['addon', /did you mean \S+addon\.ts\?/],
  ['addon.py', /addon\.py: scripts of mitmproxy do not run here/],
  ['flows.bin', /flows\.bin: expected a script .* \.cjs/],
  ['empty', /empty: the folder has no index/],
];

t.test('paths', async (t) => {
  const dir = folder(t);
  mkdirSync(join(dir, 'empty'));
  const good = write(join(dir, 'addon.ts'), script());
  write(join(dir, 'addon.py'), 'pass');
  await writeFlows(join(dir, 'flows.bin'), 1);
  for (const [spec, says] of PATHS) {
    const { code, stderr } = await runWarm(['-nr', '/dev/null', '-s', good, '-s', join(dir, spec)]);
    t.match({ code, stderr }, { code: 2, stderr: says }, spec);
  }
  t.match(await runWarm(['-nr', '/dev/null', '-s', good, '-s', good]), { code: 2, stderr: /given twice/ });
});

t.test('a script that ends the process', async (t) => {
  const dir = folder(t);
  const capture = join(dir, 'in.flows');
  await writeFlows(capture, 3);
  for (const [text, given, code] of [
    ['export function request() { process.exit(0); }', 0, 5],
    ['export function request() { process.exit(9); }', 9, 9],
    ['process.exit();', 0, 5],
    ['export function done() { process.exit(0); }', 0, 5],
    [
      'setTimeout(() => { throw new Error("stray"); }); export const load = () => setTimeout(process.exit, 20, 0);',
      0,
      5,
    ],
  ] as const) {
    const file = write(join(dir, 'exits.js'), text);
    const ended = await run(t, ['-nr', capture, '-w', join(dir, 'out.flows'), '-s', file]);
    t.equal(ended.code, code, text);
    t.match(ended.stderr, new RegExp(`A script has called process\\.exit\\(${given}\\): .*\\[output-failed\\]`), text);
  }
  const file = write(join(dir, 'ends.js'), 'export function done() {}');
  const waits = write(join(dir, 'waits.js'), 'export function done() { return new Promise(() => {}); }');
  const out = join(dir, 'waits.flows');
  const ended = await run(t, ['-nr', capture, '-w', out, '-s', waits]);
  t.equal(ended.code, 0);
  t.match(ended.stderr, /waits\.js:1:17: done failed: did not finish in time/);
  t.notMatch(ended.stderr, /process\.exit/);
  t.match(String((await run(t, ['-nr', out, '--stat'])).stdout), /^flows +3 /, 'nothing is lost');
  t.match(await run(t, ['-nqr', capture, '-s', file]), { code: 0, stderr: '' }, 'not at the usual end');
});
