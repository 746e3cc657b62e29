import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ExitCode } from '../../src/cli/process/exit-codes.js';
import { folder } from '../support/folder.js';
import { writeFlows } from './flows.js';
import { run, Tsdump } from './tsdump.js';

const page = readFileSync(join(import.meta.dirname, '../../../docs/exit-codes.md'), 'utf8');
/** The codes in the table of the page. */
const rows = [...page.matchAll(/^\| (\d+) \| /gm)].map(([, code]) => Number(code));

/** Throws on a signal, as a mistake in tsdump itself would. */
const MISTAKE = "data:text/javascript,process.on('SIGUSR2', () => { throw new Error('on purpose') })";
const WITH_MISTAKE = `shift 4; exec "${process.execPath}" --import="${MISTAKE}" "$@"`;

t.test('each code of the table', async (t) => {
  const dir = folder(t);
  const capture = join(dir, 'in.bin');
  await writeFlows(capture, 2);
  const torn = join(dir, 'torn.bin');
  writeFileSync(torn, readFileSync(capture).subarray(0, -3));
  const other = new Tsdump(t, ['-p', '0']);
  const port = String(await other.port());
  const read = ['-nqr', capture];

  const table: [code: number, args: string[]][] = [
    [ExitCode.done, read],
    [ExitCode.checkFailed, [...read, '--fail-on', '~all']],
    [ExitCode.checkFailed, [...read, '--expect', '3: ~all']],
    [ExitCode.checkFailed, [...read, '--expect-latency', 'max <1s']],
    [ExitCode.usage, [...read, '--no-such-flag']],
    [ExitCode.start, ['-p', port]],
    [ExitCode.input, ['-nqr', torn]],
    [ExitCode.output, [...read, '-w', '/dev/full']],
    [ExitCode.output, [...read, '--report', 'json=/dev/full']],
    // The worst one counts.
    [ExitCode.input, ['-nqr', torn, '--fail-on', '~all']],
    [ExitCode.output, ['-nqr', torn, '--fail-on', '~all', '-w', '/dev/full']],
  ];
  for (const [code, args] of table) {
    const ended = await run(t, args);
    t.equal(ended.code, code, args.join(' '));
    if (code !== ExitCode.done) t.not(ended.stderr, '', 'there is a message');
  }
  for (const option of ['--help', '--options', '--version']) {
    const full = await new Tsdump(t, [option], { shell: 'exec "$@" > /dev/full' }).ended;
    t.match(full, { code: ExitCode.output, stderr: /^tsdump: Cannot write stdout: .* \[output-failed\]\n$/ }, option);
  }
  const broken = new Tsdump(t, ['-nr', '-'], { shell: WITH_MISTAKE });
  broken.child.stdin!.write(readFileSync(capture));
  await broken.shown(/\/2\n/);
  broken.child.kill('SIGUSR2');
  const { code: last } = await broken.ended;
  t.equal(last, ExitCode.internal);
  t.strictSame(
    [...new Set([...table.map(([code]) => code), last])].sort((a, b) => Number(a) - Number(b)),
    rows,
    'all rows of the table',
  );
  t.strictSame(Object.values(ExitCode), rows);
});
