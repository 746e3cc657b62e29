import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { commandHint } from '../../../src/cli/command/command-hint.js';
import { folder } from '../../support/folder.js';

const dir = folder(t);
mkdirSync(join(dir, 'folder'));
for (const name of ['prog', 'text']) writeFileSync(join(dir, name), '');
chmodSync(join(dir, 'prog'), 0o755);
const path = `${join(dir, 'absent')}:${dir}`;

for (const [text, warns] of [
  ['prog test', true],
  ['prog test --all', true],
  [join(dir, 'prog'), true],
  ['prog', false],
  ['text test', false],
  ['folder test', false],
  ['absent test', false],
  [join(dir, 'text'), false],
  [`${dir}/folder`, false],
  ['prog & ~m GET', false],
  ['prog | test', false],
  ['api.test /users', false],
  ['', false],
] as const) {
  t.equal(commandHint(text, path) !== undefined, warns, text);
}
