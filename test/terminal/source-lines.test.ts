import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { withSourceLines } from '../../src/terminal/source-lines.js';
import { PROGRAM } from '../cli/tsdump.js';
import { command } from '../e2e/support/command.js';
import { folder, write } from '../support/folder.js';

t.test('positions', async (t) => {
  const dir = folder(t);
  // The second line of the bundle, from its third character on, is the fifth line of a source.
  const map = { version: 3, sources: ['../../src/a b.ts'], names: [], mappings: ';EAIA' };
  write(join(dir, 'part.js.map'), JSON.stringify(map));
  write(join(dir, 'damaged.js.map'), '{');
  const program = `${pathToFileURL(dir)}/`;
  const source = new URL('../../src/a%20b.ts', program);
  const table: [text: string, expected: string][] = [
    ['', ''],
    [
      'Error: x\n    at f (PROGRAMpart.js:2:3)\n    at node:fs:1:2',
      `Error: x\n    at f (${source}:5:1)\n    at node:fs:1:2`,
    ],
    ['at PROGRAMpart.js:2:9, at PROGRAMpart.js:2:9', `at ${source}:5:1, at ${source}:5:1`],
    ['at PROGRAMpart.js:1:1', 'at PROGRAMpart.js:1:1'],
    ['at PROGRAMdamaged.js:2:3', 'at PROGRAMdamaged.js:2:3'],
    ['at PROGRAMmissing.js:2:3', 'at PROGRAMmissing.js:2:3'],
    ['at PROGRAMpart.js', 'at PROGRAMpart.js'],
    ['at file:///elsewhere/part.js:2:3', 'at file:///elsewhere/part.js:2:3'],
  ];
  for (const [text, expected] of table) {
    const named = (value: string): string => value.replaceAll('PROGRAM', program);
    t.equal(withSourceLines(named(text), program), named(expected), text);
  }
});

t.test('an error in the program shows lines of its sources', async (t) => {
  const preload = write(
    join(folder(t), 'preload.cjs'),
    `require('node:os').type = () => { throw new Error('of a test'); };
require('node:module').syncBuiltinESMExports();`,
  );
  const { code, stderr } = await command(process.execPath, ['-r', preload, PROGRAM, '-n', '--version']);
  t.equal(code, 70);
  const file = new URL('../../../src/cli/version.ts', import.meta.url);
  const line =
    readFileSync(file, 'utf8')
      .split('\n')
      .findIndex((text) => text.includes('type()')) + 1;
  t.match(stderr, `(${file}:${line}:`);
});
