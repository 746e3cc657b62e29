import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { findInputs } from '../../../src/cli/read/find-inputs.js';

const dir = t.testdir({ 'a.bin': 'a', 'b.bin': 'b', 'odd[1].bin': 'c', 'odd1.bin': 'd', sub: { 'e.bin': 'e' } });
const at = (name: string) => join(dir, name);

const FOUND: [given: string[], paths: string[]][] = [
  [['a.bin'], ['a.bin']],
  [
    ['b.bin', 'a.bin', 'b.bin'],
    ['b.bin', 'a.bin', 'b.bin'],
  ],
  [
    ['*/e.bin', '?.bin'],
    ['sub/e.bin', 'a.bin', 'b.bin'],
  ],
  [['odd[1].bin'], ['odd[1].bin']],
];
for (const [given, paths] of FOUND) {
  t.test(given.join(' '), async (t) =>
    t.same(await findInputs(given.map(at), true), { paths: paths.map(at), problems: [] }),
  );
}

t.test('stdin among others', async (t) => {
  t.same((await findInputs([at('a.bin'), '-', at('b.bin')], false)).paths, [at('a.bin'), '-', at('b.bin')]);
  await t.rejects(findInputs(['-', at('a.bin'), '-'], false), { code: 'option-repeated' });
});

/** Inputs that cannot be read, and what the message names. */
const BAD: [name: string, problem: RegExp][] = [
  ['none.bin', /\bnone\.bin: /],
  ['*.none', /\*\.none: /],
  ['sub', /\bsub: .*'.*sub\/\*'$/],
  ['sub/', /\bsub\/: .*'.*sub\/\*'$/],
  ['a.bin/x', /a\.bin\/x: /],
];
for (const [name, problem] of BAD) {
  t.test(`bad: ${name}`, async (t) => {
    const { paths, problems } = await findInputs([at('a.bin'), at(name), at('b.bin')], false);
    t.same(paths, [at('a.bin'), at('b.bin')], 'the others are read');
    t.equal(problems.length, 1);
    t.match(problems[0], problem);
    await t.rejects(findInputs([at(name)], false), { code: 'input-unreadable', message: problem }, 'alone');
    await t.rejects(
      findInputs([at('a.bin'), at(name)], true),
      { code: 'input-unreadable', message: problem },
      'strict',
    );
  });
}

t.test('a folder that cannot be searched', async (t) => {
  symlinkSync('loop', at('loop'));
  await t.rejects(findInputs([at('loop/*.x')], false), {
    code: 'input-unreadable',
    message: /loop.*: too many symbolic links/,
  });
});
