import { tmpdir } from 'node:os';
import t from 'tap';
import { spoolFolder } from '../../src/cli/spool-folder.js';

const dir = t.testdir({ file: '' });

const CASES: [string | undefined, string | undefined, string][] = [
  [undefined, undefined, tmpdir()],
  ['/a', `${dir}/file`, '/a'],
  [undefined, '-', tmpdir()],
  [undefined, `${dir}/file`, dir],
  [undefined, `+${dir}/file`, dir],
  [undefined, `${dir}/new`, dir],
  [undefined, 'new', '.'],
  [undefined, '/dev/null', tmpdir()],
];

for (const [spoolDir, saveStreamFile, folder] of CASES) {
  t.equal(spoolFolder({ spoolDir, saveStreamFile }), folder, `spool_dir ${spoolDir}, -w ${saveStreamFile}`);
}
