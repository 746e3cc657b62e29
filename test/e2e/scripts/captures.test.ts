import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readPaths, writeFlows } from '../../cli/flows.js';
import { run } from '../../cli/tsdump.js';
import { runWarm } from '../../cli/warm.js';
import { folder, write } from '../../support/folder.js';

t.setTimeout(300_000);

const CHANGE = "export function response(flow) { flow.response.headers.set('X-New', 'yes'); }\n";

t.test('unchanged flows are copied as bytes, and changes are written, shown and counted', async (t) => {
  const dir = folder(t);
  const input = join(dir, 'in.bin');
  await writeFlows(input, 20);
  const original = readFileSync(input);
  const cases: [name: string, script: string, same: boolean][] = [
    ['observes', 'export const observes = true; export function flowEnd(flow) { flow.id; }', true],
    ['reads all', 'export async function response(flow) { flow.request.url; await flow.response.body.text(); }', true],
    ['does not match', `export const filter = '~u /nowhere';\n${CHANGE}`, true],
    ['no body matches', `export const filter = '~b never';\n${CHANGE}`, true],
    ['throws', 'export function request(flow) { throw new Error(); }', true],
    ['changes', CHANGE, false],
  ];
  for (const [name, script, same] of cases) {
    const output = join(dir, 'out.bin');
    const args = ['-nr', input, '-s', write(join(dir, 'addon.mjs'), script), '-w', output, '--flow-detail', '2'];
    const { code, stdout } = await runWarm(args);
    t.equal(code, 0, name);
    t.equal(readFileSync(output).equals(original), same, name);
    t.equal(String(stdout).split('X-New: yes').length - 1, same ? 0 : 20, `${name}: shown`);
  }
});

t.test('load may set the filter, from an option', async (t) => {
  const dir = folder(t);
  const input = join(dir, 'in.bin');
  const output = join(dir, 'out.bin');
  await writeFlows(input, 4);
  const add = "addOption('only', { type: 'str', default: '~u never', help: 'A filter.' })";
  const hook = (parameter: string): string => `flowEnd(${parameter}) { flow.request.path += '-seen'; }`;
  const scripts = {
    'named.mjs': `export let filter; export function load({ addOption }) { filter = ${add}; } export function ${hook('flow')}`,
    'object.mjs': `export default { filter: '~u 1', load({ addOption }) { this.filter = ${add}; }, ${hook('flow')} };`,
    'class.ts': `export default class { filter?: string; load({ addOption }: any) { this.filter = ${add}; } ${hook('flow: any')} }`,
    'common.cjs': `exports.load = ({ addOption }) => { exports.filter = ${add}; }; exports.flowEnd = function ${hook('flow')}`,
  };
  for (const [name, script] of Object.entries(scripts)) {
    const args = ['-nr', input, '-s', write(join(dir, name), script), '-w', output, '--flow-detail', '0'];
    await runWarm([...args, '--set', 'only=~u /3']);
    t.equal(await readPaths(output), '/1 /2 /3-seen /4', name);
    await runWarm(args);
    t.equal(await readPaths(output), '/1 /2 /3 /4', `${name}: the default`);
    const invalid = await runWarm([...args, '--set', 'only=~nonsense']);
    t.match(invalid, { code: 2, stderr: /Invalid filter expression, column 1/ }, `${name}: invalid`);
  }
});

t.test('several scripts, in the order given, beside a filter and statistics', async (t) => {
  const dir = folder(t);
  const input = join(dir, 'in.bin');
  await writeFlows(input, 4);
  const one = write(
    join(dir, 'one.ts'),
    `export default [1, 2].map((n) => ({
  requestHeaders(flow: any) { flow.request.path += '-' + n; },
}));
export function requestHeaders(flow: any) { flow.request.path += '-0'; }
export function running() { throw new Error('there is no proxy'); }
`,
  );
  const two = write(join(dir, 'two.cjs'), "exports.requestHeaders = (flow) => { flow.request.path += '-b'; };\n");
  for (const [scripts, end] of [
    [[one, two], '-0-1-2-b'],
    [[two, one], '-b-0-1-2'],
  ] as const) {
    const output = join(dir, 'out.bin');
    const flags = scripts.flatMap((script) => ['-s', script]);
    const { code, stdout, stderr } = await runWarm(['-nr', input, ...flags, '-w', output, '--stat-json']);
    t.equal(stderr, '');
    t.equal(code, 0);
    t.equal(JSON.parse(String(stdout)).flows, 4);
    t.equal(await readPaths(output), [1, 2, 3, 4].map((number) => `/${number}${end}`).join(' '));
  }
});

t.test('shutdown ends the reading, done and the exit code come', async (t) => {
  const dir = folder(t);
  const input = join(dir, 'in.bin');
  await writeFlows(input, 50);
  const script = write(
    join(dir, 'addon.ts'),
    `let seen = 0;
let context: any;
export const load = (given: any) => { context = given; };
export function flowEnd() { if (++seen === 3) context.shutdown(7); }
export async function done() { await 1; console.error('seen', seen, context.signal.aborted); }
`,
  );
  const { code, stderr } = await runWarm(['-nqr', input, '-s', script]);
  t.equal(code, 7);
  t.equal(stderr, 'seen 3 true\n');
  const early = write(join(dir, 'early.mjs'), 'export const load = ({ shutdown }) => shutdown(4);\n');
  t.match(await runWarm(['-nqr', input, '-s', early]), { code: 4, stdout: Buffer.alloc(0) });
  t.match(await run(t, ['-p', '0', '-s', early]), { code: 4 });
});

t.test('flows that have passed are not kept by what calls the script', async (t) => {
  const dir = folder(t);
  const input = join(dir, 'in.bin');
  await writeFlows(input, 3000);
  // Weak references to all flows; when the last comes, only few may live.
  const script = write(
    join(dir, 'addon.ts'),
    `import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
const flows: WeakRef<object>[] = [];
export async function response(flow: any) {
  flow.response.headers.set('X-Number', String(flows.length));
  flows.push(new WeakRef(flow));
  if (flows.length % 2) throw new Error('counted');
}
export async function done() {
  await new Promise((resolve) => setImmediate(resolve));
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const alive = flows.filter((each) => each.deref()).length;
  console.error('alive', alive < 100, flows.length);
}
`,
  );
  const { stderr, code } = await run(t, ['-nqr', input, '-s', script, '-w', join(dir, 'out.bin')]);
  t.equal(code, 0, stderr);
  t.match(stderr, /^alive true 3000$/m);
});
