import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import t from 'tap';
import { Reports } from '../../../src/cli/checks/reports.js';
import type { ReportFile } from '../../../src/cli/options/types/report-file.js';
import { ExitCode } from '../../../src/cli/process/exit-codes.js';
import { Shutdown } from '../../../src/cli/process/shutdown.js';
import { LineSink } from '../../../src/terminal/line-sink.js';
import { SAMPLE } from '../../report/sample-report.js';
import { folder, write } from '../../support/folder.js';
import { run } from '../tsdump.js';
import { runWarm } from '../warm.js';

const stderr = (): LineSink => new LineSink(new PassThrough());

function make(...files: ReportFile[]): { reports: Reports; shutdown: Shutdown; lines: string[] } {
  const shutdown = new Shutdown();
  const lines: string[] = [];
  const line = (message: string): void => void lines.push(message);
  const log = { error: line, warn: line, alert: line, info: line, debug: line };
  return { reports: new Reports(files, log, shutdown), shutdown, lines };
}

t.test('each format, in files that are complete when they appear', async (t) => {
  const dir = folder(t);
  const at = (name: string) => join(dir, name);
  write(at('old.json'), 'old');
  chmodSync(at('old.json'), 0o644);
  symlinkSync(at('old.json'), at('link.json'));
  const { reports, shutdown, lines } = make(
    { format: 'json', path: at('link.json') },
    { format: 'junit', path: at('new.xml') },
    { format: 'md', path: at('new.md') },
  );
  reports.check();
  for (const suite of SAMPLE.suites) reports.add(() => suite);
  await reports.write(stderr());
  t.equal(JSON.parse(readFileSync(at('old.json'), 'utf8')).suites.length, 2, 'a link stays, its target is replaced');
  t.match(readFileSync(at('new.xml'), 'utf8'), /^<\?xml[\s\S]*<\/testsuites>\n$/);
  t.match(readFileSync(at('new.md'), 'utf8'), /^## replay/);
  t.strictSame(readdirSync(dir).sort(), ['link.json', 'new.md', 'new.xml', 'old.json'], 'nothing else is left');
  t.equal(statSync(at('old.json')).mode & 0o777, 0o644, 'permissions stay');
  t.equal(statSync(at('new.md')).mode & 0o777, 0o600, 'a new file is private');
  t.equal(shutdown.code, ExitCode.done);
  t.strictSame(lines, []);
});

t.test('a report of nothing', async (t) => {
  const path = join(folder(t), 'x.json');
  const { reports, lines } = make({ format: 'json', path });
  await reports.write(stderr());
  t.ok(existsSync(path));
  t.equal(lines.length, 1, 'is told');
});

t.test('a file that cannot be written is known at once', async (t) => {
  const dir = folder(t);
  mkdirSync(join(dir, 'folder'));
  for (const path of [join(dir, 'none/x.json'), join(dir, 'folder')]) {
    const { reports } = make({ format: 'json', path });
    t.throws(() => reports.check(), { code: 'output-failed', exitCode: ExitCode.output }, path);
  }
});

t.test('a failure at the end does not keep the other files from being written', async (t) => {
  const path = join(folder(t), 'x.json');
  const { reports, shutdown, lines } = make({ format: 'md', path: '/dev/full' }, { format: 'json', path });
  reports.check();
  reports.add(() => SAMPLE.suites[0]!);
  await reports.write(stderr());
  t.equal(shutdown.code, ExitCode.output);
  t.match(lines, [/^Cannot write \/dev\/full: .*ENOSPC/]);
  t.ok(existsSync(path));
});

t.test('the program', async (t) => {
  const dir = folder(t);
  const input = write(join(dir, 'in.bin'), '');
  const path = join(dir, 'x.xml');
  const both = await run(t, ['-nr', input, '--report', `junit=${path}`, '--report', 'json=-']);
  t.equal(both.code, ExitCode.done);
  t.equal(JSON.parse(String(both.stdout)).version, 1);
  execFileSync('python3', ['-c', 'import sys, xml.etree.ElementTree as x; x.parse(sys.argv[1])', path]);
  for (const [value, code] of [
    ['json', ExitCode.usage],
    ['html=x', ExitCode.usage],
    ['json=', ExitCode.usage],
    [`json=${input}`, ExitCode.usage],
    [`json=${dir}/none/x`, ExitCode.output],
    ['json=/dev/full', ExitCode.output],
  ] as const) {
    t.equal((await runWarm(['-nr', input, '--report', value])).code, code, value);
  }
});
