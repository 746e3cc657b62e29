import { readFileSync } from 'node:fs';
import t from 'tap';
import { PROGRAM_ERRORS, withCode } from '../../../src/cli/process/error-codes.js';
import { ExitCode } from '../../../src/cli/process/exit-codes.js';
import { ExitError, UsageError } from '../../../src/cli/process/exit-error.js';

t.test('docs/errors.md explains each code', async (t) => {
  const page = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8');
  const [, table] = page.split('## Errors of the program');
  const listed = [...table!.matchAll(/^\| (`[^|]+`) \| (\d+) \|/gm)].flatMap(([, codes, exitCode]) =>
    codes!.split(', ').map((code) => [code.slice(1, -1), Number(exitCode)]),
  );
  t.same(listed, Object.entries(PROGRAM_ERRORS));
});

t.test('the code is at the end of the first line', async (t) => {
  for (const [message, text] of [
    ['one', 'one [usage]'],
    ['one.\n', 'one. [usage]'],
    ['one\n  two\n  ^', 'one [usage]\n  two\n  ^'],
    ['one\r\ntwo', 'one [usage]\r\ntwo'],
    ['', ' [usage]'],
  ] as const) {
    t.equal(withCode(message, 'usage'), text, JSON.stringify(message));
  }
});

t.test('an error has the exit code of its code', async (t) => {
  t.match(new ExitError('output-failed', 'a', 'b'), {
    exitCode: ExitCode.output,
    messages: ['a', 'b'],
    message: 'a\nb',
  });
  t.match(new UsageError('a'), { exitCode: ExitCode.usage, code: 'usage' });
  t.match(new UsageError('a', 'option-value'), { exitCode: ExitCode.usage, code: 'option-value' });
});
