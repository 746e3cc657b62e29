import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { UsageError } from '../../../src/cli/process/exit-error.js';
import { refuseCaptures } from '../../../src/cli/read/capture-argument.js';

const dir = t.testdir({ 'package.json': '{"type":"module"}' });
const [capture, spaced, json] = ['rec.bin', "it's one.bin", 'package.json'].map((name) => join(dir, name)) as [
  string,
  string,
  string,
];
for (const path of [capture, spaced]) writeFileSync(path, 'TSF1');

const quoted = `'${spaced.replace("'", "'\\''")}'`;
/** Arguments that are no flags, `rfile`, and what is suggested. */
const REFUSED: [string[], string[], string, string][] = [
  [[capture], [], capture, `-nr ${capture}? To use it as a filter, write ~u ${capture}.`],
  [[capture, '~c', '500'], [], capture, `-nr ${capture}?`],
  [['~c 500', capture], [], capture, `-nr ${capture}?`],
  [['~d', 'api', capture], [], capture, `-nr ${capture}?`],
  [['~all', capture], [], capture, `-nr ${capture}?`],
  [[spaced], [], spaced, `-nr ${quoted}?`],
  [['x', capture], ['other.bin'], capture, `-r ${capture}, too?`],
];
for (const [words, rfile, name, meant] of REFUSED) {
  const error = await refuseCaptures(words, { rfile }).catch((error) => error);
  t.type(error, UsageError, words.join(' '));
  const { message } = error;
  t.ok(message.startsWith(`${name} is a capture; did you mean ${meant}`), message);
}

for (const words of [
  [],
  ['~u', capture],
  ['~d', capture],
  ['~e', '&', capture],
  ['!', capture],
  [json],
  [`~u ${'x'.repeat(5000)}`],
  ['rec'],
  [dir],
]) {
  await refuseCaptures(words, { rfile: [] });
  t.pass(words.join(' '));
}
