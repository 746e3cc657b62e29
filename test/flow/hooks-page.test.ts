import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { HOOK_NAMES } from '../../src/flow/hooks/hooks.js';

const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/hooks.md'), 'utf8');
const rows = [...page.matchAll(/^\| `(\w+)` \| `([^`]+)` \| (.+) \| (.*?) ?\| (live|read|live, read) \|$/gm)].map(
  ([, name, argument, , changes, where]) => ({ name: name!, argument: argument!, changes: changes!, where: where! }),
);

t.same(
  rows.map(({ name }) => name),
  HOOK_NAMES,
  'docs/hooks.md has every hook once, in the order of the table',
);

const source = readFileSync(join(root, 'src/flow/hooks/hooks.ts'), 'utf8');
const table = /export interface HookTable \{\n(.*?)\n\}\n/s.exec(source)![1]!;
t.strictSame(
  rows.map(({ name, argument }) => [name, argument]),
  [...table.matchAll(/^ {2}(\w+): (.+);$/gm)].map(([, name, argument]) => [name, argument]),
  'with its argument',
);

const code = (folder: string): string =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(root, folder, path), 'utf8'))
    .join('\n');
const live = code('src/engine');
const reading = readFileSync(join(root, 'src/flow/hooks/replay-hooks.ts'), 'utf8');
for (const { name, where } of rows) {
  if (name === 'running' || name === 'done') continue;
  const found = [live.includes(`'${name}'`) && 'live', reading.includes(`'${name}'`) && 'read'].filter(Boolean);
  t.equal(where, found.join(', '), `${name} is called where the page says`);
}
