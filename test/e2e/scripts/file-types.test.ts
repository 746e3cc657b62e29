import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { writeFlows } from '../../cli/flows.js';
import { run } from '../../cli/tsdump.js';
import { runWarm } from '../../cli/warm.js';
import { folder, write } from '../../support/folder.js';
import { orSkip } from '../support/command.js';

t.setTimeout(300_000);

/** What each script does: it answers whether classes are those of the running program, and where it stands. */
const CHECK = `
  const own = flow.request.headers instanceof Headers;
  console.error('seen', [own, version, word, typeof helper, twice(2), dir].join(' '));
`;
const HELPER = { 'helper.ts': 'enum E { A = 4 }\nexport const twice = (x: number): number => x * 2 || E.A;\n' };
const MODULE = `import { Headers } from 'tsdump';
import * as helper from './helper.js';
import { word } from './lib/words.mjs';
import data from './data.json' with { type: 'json' };
const { twice } = helper;
const { version } = data;
const dir = import.meta.dirname;
await Promise.resolve();
`;
const COMMON = `const { Headers } = require('tsdump');
const helper = require('./helper.js');
const { word } = require('./lib/words.mjs');
const { version } = require('./data.json');
const { twice } = helper;
const dir = __dirname;
`;
const TYPED = `import type { HttpFlow } from 'tsdump';
enum Kind { First = 1 }
class Box { constructor(private readonly kind: Kind, readonly label = 'box') {} get(): Kind { return this.kind; } }
if (new Box(Kind.First).get() !== 1) throw new Error('parameter properties');
namespace Names { export const one = 1; }
if (Names.one !== 1) throw new Error('namespaces');
`;

const SCRIPTS: Readonly<Record<string, string>> = {
  'addon.ts': `${TYPED}${MODULE}export function request(flow: HttpFlow): void {${CHECK}}\n`,
  'addon.mts': `${TYPED}${MODULE}export default { request(flow: HttpFlow): void {${CHECK}} };\n`,
  'addon.cts': `${COMMON}type Flow = import('tsdump').HttpFlow;\nexports.request = (flow: Flow): void => {${CHECK}};\n`,
  'addon.js': `${MODULE}export class A { request(flow) {${CHECK}} }\nexport default A;\n`,
  'addon.mjs': `${MODULE}export default [{ request(flow) {${CHECK}} }];\n`,
  'addon.cjs': `${COMMON}module.exports = { request(flow) {${CHECK}} };\n`,
};

/** A folder without `node_modules` in it or above it that a script could see. */
function scripts(t: Test): string {
  const dir = folder(t);
  mkdirSync(join(dir, 'lib'));
  write(join(dir, 'lib/words.mjs'), "export const word = 'hello';\n");
  write(join(dir, 'data.json'), '{ "version": 7 }');
  for (const [name, code] of Object.entries({ ...SCRIPTS, ...HELPER })) write(join(dir, name), code);
  return dir;
}

const newest = process.env.TSDUMP_NEWEST_NODE;
const NODES: [name: string, node: string | undefined, options: { skip: string | false }][] = [
  ['this Node', process.execPath, { skip: false }],
  ['the newest Node', newest, orSkip(!newest && 'TSDUMP_NEWEST_NODE is not set')],
];

for (const [name, node, options] of NODES) {
  t.test(name, options, async (t) => {
    const dir = scripts(t);
    const capture = join(folder(t), 'in.bin');
    await writeFlows(capture, 1);
    for (const script of Object.keys(SCRIPTS)) {
      const { code, stderr } = await run(t, ['-nr', capture, '-s', join(dir, script)], { node });
      t.equal(code, 0, script);
      t.equal(stderr, `seen true 7 hello object 4 ${dir}\n`, script);
    }
  });
}

t.test('packages beside the script, and a folder with an index', async (t) => {
  const dir = folder(t);
  const capture = join(dir, 'in.bin');
  await writeFlows(capture, 1);
  for (const [name, type] of [
    ['esm', 'module'],
    ['cjs', 'commonjs'],
  ] as const) {
    mkdirSync(join(dir, 'node_modules', name), { recursive: true });
    write(join(dir, 'node_modules', name, 'package.json'), JSON.stringify({ name, type, main: 'main.js' }));
  }
  write(
    join(dir, 'node_modules/esm/main.js'),
    "export const where = import.meta.dirname; export { Headers } from 'tsdump';\n",
  );
  write(join(dir, 'node_modules/cjs/main.js'), 'exports.where = __dirname;\n');
  mkdirSync(join(dir, 'node_modules/tsdump'));
  write(join(dir, 'node_modules/tsdump/package.json'), '{ "name": "tsdump", "type": "module", "main": "x.js" }');
  write(join(dir, 'node_modules/tsdump/x.js'), "export const Headers = 'another tsdump';\n");
  mkdirSync(join(dir, 'addon'));
  write(
    join(dir, 'addon/index.ts'),
    `import * as esm from 'esm';
import * as cjs from 'cjs';
import { Headers } from 'tsdump';
export function request(flow: { request: { headers: unknown } }): void {
  console.error('seen', esm.where, cjs.where, flow.request.headers instanceof Headers);
}
`,
  );
  const { code, stderr } = await runWarm(['-nr', capture, '-s', join(dir, 'addon')]);
  t.equal(stderr, `seen ${dir}/node_modules/esm ${dir}/node_modules/cjs true\n`);
  t.equal(code, 0);
});
