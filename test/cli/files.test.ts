import { linkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { UsageError } from '../../src/cli/exit-error.js';
import { checkOutput, currentPath, refuseSameFile } from '../../src/cli/files.js';

const dir = t.testdir({ a: 'a', b: 'b', sub: {} });
const at = (name: string) => join(dir, name);
linkSync(at('a'), at('hard'));
symlinkSync(at('a'), at('soft'));

const SAME: [string, string][] = [
  ['a', 'a'],
  ['a', 'sub/../a'],
  ['a', 'hard'],
  ['soft', 'a'],
  ['a', 'soft'],
  ['hard', 'soft'],
];
for (const [input, output] of SAME) {
  const message = `input and output are the same file: ${at(input)}`;
  t.throws(() => refuseSameFile(at(input), at(output)), { constructor: UsageError, message }, `${input} ${output}`);
  for (const spec of [`+${at(output)}`, at(output)]) {
    t.throws(() => checkOutput(spec, ['-', at(input)]), { constructor: UsageError, message }, `${input} ${spec}`);
  }
}

const DIFFERENT: [string, string][] = [
  [at('a'), at('b')],
  [at('a'), at('new')],
  [at('none'), at('a')],
  [at('none'), at('none')],
  ['/dev/null', '/dev/null'],
];
for (const [input, output] of DIFFERENT) {
  refuseSameFile(input, output);
  t.pass(`${input} ${output}`);
}

t.test('directives of strftime stand for what they are now', async (t) => {
  const now = at(`flows-${new Date().getFullYear()}`);
  writeFileSync(now, '');
  const message = `input and output are the same file: ${now}`;
  t.throws(() => checkOutput(at('flows-%Y'), [now]), { constructor: UsageError, message });
  t.equal(currentPath(`+${at('flows-%Y')}`), now);
  checkOutput(undefined, [now]);
});
