import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { command, orSkip } from '../../e2e/support/command.js';
import { folder, write } from '../../support/folder.js';

const MODULE = new URL('../../../src/addons/scripts/native-loader.js', import.meta.url).href;
const FLOW = new URL('../../../src/flow/index.js', import.meta.url).href;
const PROGRAM = `
import { NativeLoader } from ${JSON.stringify(MODULE)};
import { Headers } from ${JSON.stringify(FLOW)};
const loader = new NativeLoader('it is not there');
for (const path of process.argv.slice(2)) {
  const show = async () => {
    const exports = await loader.load(path).catch(({ name, message }) => ({ name, message }));
    const { own, word, count } = exports.default ?? exports;
    return own === undefined ? exports.message : [own === Headers, word, count].join(' ');
  };
  console.log(path.replace(/^.*\\//, ''), ((await show()) + ' / ' + (await show())).replaceAll('\\n', ' '));
}
`;
const COUNT = 'globalThis.count = (globalThis.count ?? 0) + 1; ';

const newest = process.env.TSDUMP_NEWEST_NODE;
for (const [name, node, options] of [
  ['this Node', process.execPath, {}],
  ['the newest Node', newest!, orSkip(!newest && 'TSDUMP_NEWEST_NODE is not set')],
] as const) {
  t.test(name, options, async (t) => {
    const dir = folder(t);
    mkdirSync(join(dir, 'lib'));
    write(join(dir, 'lib/word.mjs'), "export const word = 'hello';\n");
    const esm = `import { Headers } from 'tsdump'; import { word } from './lib/word.mjs'; ${COUNT}`;
    const files = {
      'a.mjs': `${esm} export const own = Headers, count = globalThis.count; export { word };\n`,
      'a.cjs': `const { Headers } = require('tsdump'); ${COUNT} module.exports = { own: Headers, word: 'cjs', count: globalThis.count };\n`,
      'a.ts': `${esm} const value: number = globalThis.count; export const own = Headers, count = value; export { word };\n`,
    };
    const paths = Object.entries(files).map(([file, code]) => write(join(dir, file), code));
    const { code, stdout, stderr } = await command(node, [write(join(dir, 'program.mjs'), PROGRAM), ...paths]);
    t.equal(code, 0, stderr);
    const strips = name === 'the newest Node';
    const lines = String(stdout).trimEnd().split('\n');
    t.equal(lines[0], 'a.mjs true hello 1 / true hello 2', 'a module is loaded anew each time');
    if (strips) t.match(lines[2], /^a\.ts true hello \d \/ true hello \d$/);
    else t.match(lines[2], /^a\.ts .*TypeScript needs esbuild.*it is not there/);
    // Hooks of older versions do not reach `require`.
    t.match(lines[1], strips ? /^a\.cjs true cjs/ : /^a\.cjs Cannot find module 'tsdump'/);
  });
}
