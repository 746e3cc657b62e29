import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import t from 'tap';
import { systemErrorName, systemErrorText } from '../../src/flow/system-error.js';

/** An error as Node.js makes it. */
const failed = (errno: number, code: string): Error =>
  Object.assign(new Error(`${code}: it failed, write`), { errno, code });

t.test('words and name, in one form', async (t) => {
  const cases: [name: keyof typeof constants.errno, text: string][] = [
    ['ENOENT', 'no such file or directory (ENOENT)'],
    ['ENOSPC', 'no space left on device (ENOSPC)'],
    ['EACCES', 'permission denied (EACCES)'],
    ['EISDIR', 'it is a folder (EISDIR)'],
  ];
  for (const [name, text] of cases) t.equal(systemErrorText(failed(-constants.errno[name], name)), text);
  let thrown: unknown;
  try {
    readFileSync('/nowhere/file');
  } catch (error) {
    thrown = error;
  }
  t.equal(systemErrorText(thrown), 'no such file or directory (ENOENT)');
});

t.test('errors that Node.js does not know', async (t) => {
  for (const [name, text] of [
    ['EDQUOT', 'disk quota exceeded (EDQUOT)'],
    ['ESTALE', 'the file is no longer on the server (ESTALE)'],
  ] as const) {
    const errno = -constants.errno[name];
    const error = failed(errno, `Unknown system error ${errno}`);
    t.equal(systemErrorText(error), text);
    t.equal(systemErrorName(error), name);
  }
});

t.test('other errors have a message only', async (t) => {
  t.equal(systemErrorText(new Error('no match')), 'no match');
  t.equal(systemErrorText(Object.assign(new Error('bad'), { code: 'ERR_INVALID_ARG' })), 'bad');
  t.equal(systemErrorText(failed(-9999, 'Unknown system error -9999')), 'Unknown system error -9999: it failed, write');
  t.equal(systemErrorText('text'), 'text');
  t.equal(systemErrorName(new Error('no match')), undefined);
});
