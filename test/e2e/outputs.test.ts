import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { run, Tsdump } from '../cli/tsdump.js';
import { folder } from '../support/folder.js';
import { needs, orSkip } from './support/command.js';
import { curl } from './support/curl.js';
import { mirror, Origin } from './support/origin.js';

const CURL = needs('curl');
/** No file of the program may become larger than half a megabyte: it fails as on a disk that is full. */
const LITTLE_ROOM = 'ulimit -f 1000; exec "$@"';

t.test('no room for another flow', CURL, async (t) => {
  const origin = await Origin.start(t, (_, response) => response.end(Buffer.alloc(200_000)));
  const capture = join(folder(t), 'capture.flows');
  const program = new Tsdump(t, ['-p', '0', '-w', capture], { shell: LITTLE_ROOM });
  const proxy = `http://127.0.0.1:${await program.port()}`;
  for (let number = 1; number <= 4; number++) await curl(proxy, ['-o', '/dev/null', origin.url(`/${number}`)]);
  const { code, stderr } = await program.ended;
  t.equal(code, 5);
  t.match(stderr, /\] Cannot write .+capture\.flows: .*EFBIG.*\n/);
  t.equal(stderr.match(/Cannot/g)?.length, 1, 'said once');
  const read = await run(t, ['-nr', capture]);
  t.equal(read.code, 0, 'the flow that did not fit was taken back');
  t.match(String(read.stdout), /^\S+ GET \S+\/1\n.*\n\S+ GET \S+\/2\n.*\n$/, 'what was written before can be read');
});

t.test('no room for a large body', CURL, async (t) => {
  const origin = await Origin.start(t, (_, response) => response.end(Buffer.alloc(20_000_000)));
  const capture = join(folder(t), 'capture.flows');
  const program = new Tsdump(t, ['-p', '0', '-w', capture], { shell: LITTLE_ROOM });
  const proxy = `http://127.0.0.1:${await program.port()}`;
  const download = await curl(proxy, ['-o', '/dev/null', origin.url('/')]);
  t.ok([18, 56].includes(download.code!), 'the client sees that it did not get everything');
  const { code, stderr } = await program.ended;
  t.equal(code, 5);
  t.match(
    stderr,
    /\] Cannot store a body in \S+ \(spool_dir\): the file would become too large \(EFBIG\) \[output-failed\]\n/,
  );
});

t.test(
  'stdout that is full',
  { skip: CURL.skip || orSkip(!existsSync('/dev/full') && 'no /dev/full').skip },
  async (t) => {
    const origin = await Origin.start(t, mirror);
    for (const args of [['-w', '-'], []]) {
      const program = new Tsdump(t, ['-p', '0', ...args], { shell: 'exec "$@" > /dev/full' });
      await curl(`http://127.0.0.1:${await program.port()}`, [origin.url('/')]);
      const { code, stderr } = await program.ended;
      t.equal(code, 5, args.join(' '));
      t.match(stderr, /\] .*stdout: .*no space left.* \[output-failed\]\n/i);
    }
    const capture = join(folder(t), 'capture.flows');
    writeFileSync(capture, '');
    const { code, stderr } = await run(t, ['-nr', capture, '--stat'], { shell: 'exec "$@" > /dev/full' });
    t.equal(code, 5);
    t.match(stderr, /^tsdump: Cannot write stdout: no space left/, 'also if that is seen at the very end');
  },
);
