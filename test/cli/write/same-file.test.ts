import { linkSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { isJournalOf, isSameOutput, refuseSameFile } from '../../../src/cli/write/same-file.js';

const dir = t.testdir({ a: 'a', b: 'b', sub: {} });
const at = (name: string) => join(dir, name);
linkSync(at('a'), at('hard'));
symlinkSync(at('a'), at('soft'));
symlinkSync('sub', at('folder'));
symlinkSync('new', at('nothing'));
symlinkSync('nothing', at('twice'));
symlinkSync(at('folder/deep'), at('deep'));
symlinkSync('round', at('circle'));
symlinkSync('circle', at('round'));
mkdirSync(at('other/inner'), { recursive: true });
symlinkSync('other/inner', at('inner'));

/** Two names of a file that exists. */
const SAME: [string, string][] = [
  ['a', 'a'],
  ['a', 'sub/../a'],
  ['a', 'hard'],
  ['soft', 'a'],
  ['a', 'soft'],
  ['hard', 'soft'],
  ['a', 'folder/../a'],
];
for (const [one, other] of SAME) {
  t.throws(() => refuseSameFile(at(one), at(other)), { code: 'same-file' }, `${one} ${other}`);
  t.equal(isSameOutput(at(one), at(other)), true, `outputs ${one} ${other}`);
}

/** Two names of a file that does not exist yet. */
const SAME_ONCE_CREATED: [string, string][] = [
  ['new', 'new'],
  ['new', 'sub/../new'],
  ['sub/new', 'folder/new'],
  ['nothing', 'new'],
  ['new', 'twice'],
  ['deep', 'sub/deep'],
  ['none/x', 'none/./x'],
  ['inner/../x', 'other/x'],
  ['circle', 'circle'],
];
for (const [one, other] of SAME_ONCE_CREATED)
  t.ok(isSameOutput(`${dir}/${one}`, `${dir}/${other}`), `outputs ${one} ${other}`);

const DIFFERENT: [string, string][] = [
  [at('a'), at('b')],
  [at('a'), at('new')],
  [at('none'), at('a')],
  [at('new'), at('sub/new')],
  [at('nothing'), at('deep')],
  [at('circle'), at('other/circle')],
  [at('other/new'), at('sub/new')],
  [`${dir}/inner/../x`, at('x')],
  ['-', at('new')],
  ['/dev/null', '/dev/null'],
];
for (const [one, other] of DIFFERENT) {
  t.doesNotThrow(() => refuseSameFile(one, other), `${one} ${other}`);
  t.equal(isSameOutput(one, other), false, `outputs ${one} ${other}`);
}
t.throws(() => refuseSameFile(at('none'), at('none')), { code: 'same-file' }, 'an input that is followed may come');
t.doesNotThrow(() => refuseSameFile(at('none'), at('nothing')));
t.equal(isSameOutput('-', '-'), true, 'stdout twice');

t.ok(isJournalOf(at('sub/../a.live'), at('a')));
t.ok(isJournalOf(at('nothing.live'), at('nothing')));
t.notOk(isJournalOf(at('b.live'), at('a')));
t.notOk(isJournalOf('-', at('a')));
t.notOk(isJournalOf(at('-.live'), '-'));
