import { tmpdir } from 'node:os';
import t from 'tap';
import { spoolFolder } from '../../../src/cli/write/spool.js';

const dir = t.testdir({ file: '' });

const CASES: [string | undefined, string[], string][] = [
  [undefined, [], tmpdir()],
  [dir, ['/a/file'], dir],
  [undefined, ['-'], tmpdir()],
  [undefined, [`${dir}/file`], dir],
  [undefined, [`+${dir}/file`], dir],
  [undefined, [`${dir}/new`], dir],
  [undefined, ['new'], '.'],
  [undefined, ['/dev/null'], tmpdir()],
  [undefined, [`${dir}/flows-%d.bin`], dir],
  [undefined, [`+${dir}/none/%Y/%m/x`], dir],
  [undefined, ['%Y/x'], '.'],
  [undefined, [`${dir}/100%`], dir],
  [undefined, ['-', '/dev/null', `${dir}/file`, 'new'], dir],
];

for (const [spoolDir, saveStreamFile, folder] of CASES) {
  t.equal(spoolFolder({ spoolDir, saveStreamFile }), folder, `spool_dir ${spoolDir}, -w ${saveStreamFile.join(' ')}`);
}

for (const spoolDir of [`${dir}/none`, `${dir}/file`]) {
  t.throws(
    () => spoolFolder({ spoolDir, saveStreamFile: [] }),
    { code: 'option-value', message: new RegExp(`^spool_dir: ${spoolDir}: `) },
    spoolDir,
  );
}
