import { join } from 'node:path';
import t from 'tap';
import { run } from '../cli/tsdump.js';
import { folder, write } from '../support/folder.js';

/** Outputs of `-w`, logs and the CA are elsewhere. */
t.test('a temporary folder that cannot be written', async (t) => {
  const dir = folder(t);
  const script = write(join(dir, 'script.js'), 'export function request() {}');
  const missing = join(dir, 'none');
  for (const [code, error, args] of [
    [3, 'start-failed', ['-p', '0', '--', 'true']],
    [3, 'start-failed', ['-p', '0', '--ephemeral-ca', '--', 'true']],
    [3, 'start-failed', ['-p', '0', '--ephemeral-ca', '--ready-fd', '1']],
    [2, 'script-failed', ['-p', '0', '-s', script]],
  ] as const) {
    const ended = await run(t, ['--set', `confdir=${join(dir, 'conf')}`, ...args], { env: { TMPDIR: missing } });
    t.equal(ended.code, code, args.join(' '));
    t.match(ended.stderr, new RegExp(`tsdump: .*${missing}.*\\[${error}\\]\\n`), args.join(' '));
    t.notMatch(ended.stderr, /^ {4}at /m);
  }
});

t.test('a temporary folder that is full', async (t) => {
  const dir = folder(t);
  // No file may grow, as on a full disk: EFBIG instead of ENOSPC.
  const shell = 'ulimit -f 0; exec "$@"';
  const args = ['--set', `confdir=${join(dir, 'conf')}`, '-p', '0', '--ephemeral-ca', '--', 'true'];
  const { code, stderr } = await run(t, args, { shell, env: { TMPDIR: dir } });
  t.equal(code, 3);
  t.match(stderr, /tsdump: Cannot write to \S+: the file would become too large \(EFBIG\) \[start-failed\]\n/);
});
