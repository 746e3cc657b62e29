import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readPaths, writeFlows } from '../cli/flows.js';
import { commandOf, HOME, run, Tsdump } from '../cli/tsdump.js';
import { folder } from '../support/folder.js';
import { command, needs } from './support/command.js';
import { curl } from './support/curl.js';
import { mirror, Origin } from './support/origin.js';
import { Recording } from './support/recording.js';

const CURL = needs('curl');
/** What scripts begin with, so that they read as they are typed. */
const TSDUMP = `tsdump() { ${commandOf()
  .map((word) => `'${word}'`)
  .join(' ')} "$@"; }\n`;

t.test('a proxy into a reader: flow by flow while it runs', needs('curl', 'mkfifo'), async (t) => {
  const origin = await Origin.start(t, mirror);
  const pipe = join(folder(t), 'pipe');
  await command('mkfifo', [pipe]);
  const proxy = new Tsdump(t, ['-p', '0', '-w', '-'], { shell: `exec "$@" > '${pipe}'` });
  const reader = new Tsdump(t, ['-nr', '-', '~m POST'], { shell: `exec "$@" < '${pipe}'` });
  const url = `http://127.0.0.1:${await proxy.port()}`;

  await curl(url, [origin.url('/get')]);
  await curl(url, ['-d', 'a', origin.url('/first')]);
  await reader.shown(/POST \S+\/first\n.*<< 200 OK/);
  t.equal(proxy.child.exitCode, null, 'the proxy still runs');
  await curl(url, ['-d', 'b', origin.url('/second')]);
  await reader.shown(/POST \S+\/second\n.*<< 200 OK/);

  proxy.child.kill('SIGINT');
  const recorded = await proxy.ended;
  t.equal(recorded.code, 0);
  t.match(recorded.stderr, /GET \S+\/get\n/, 'the display of the proxy is on stderr');
  const read = await reader.ended;
  t.equal(read.code, 0, 'the end of the pipe is the end of the reader');
  t.notMatch(String(read.stdout), /\/get/);
  t.equal(read.stderr, '');
});

t.test('a chain of readers', needs('sh'), async (t) => {
  const capture = join(folder(t), 'capture.flows');
  await writeFlows(capture, 100);
  const chain = `${TSDUMP} tsdump -nr "$1" -qw - '~c 500' | tsdump -nr - -qw - '~u 0$' | tsdump -nr - --flow-detail 1`;
  const { code, stdout, stderr } = await command('sh', ['-c', chain, 'sh', capture], { env: { HOME } });
  t.equal(code, 0);
  t.equal(stderr, '');
  t.same(paths(stdout), [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
});

t.test('captures joined by cat', needs('sh'), async (t) => {
  const dir = folder(t);
  await writeFlows(join(dir, 'a'), 3, 'a.example');
  await writeFlows(join(dir, 'b'), 2, 'b.example');
  const { code, stdout } = await command('sh', ['-c', `${TSDUMP} cat "$1"/a "$1"/b | tsdump -nr -`, 'sh', dir], {
    env: { HOME },
  });
  t.equal(code, 0);
  t.same(paths(stdout), [1, 2, 3, 1, 2]);
});

t.test('head has got enough after one line', needs('sh', 'head'), async (t) => {
  const capture = join(folder(t), 'capture.flows');
  await writeFlows(capture, 4000);
  for (const flags of ['', '-qw -']) {
    const script = `${TSDUMP} { tsdump -nr "$1" ${flags}; echo "exit code $?" >&2; } | head -c 20`;
    const { stdout, stderr } = await command('sh', ['-c', script, 'sh', capture], { env: { HOME } });
    t.equal(stdout.length, 20);
    t.equal(stderr, 'exit code 0\n', 'quietly');
  }
});

t.test('appending, by a second proxy', CURL, async (t) => {
  const origin = await Origin.start(t, mirror);
  const capture = join(folder(t), 'both.flows');
  for (const path of ['/first', '/second']) {
    const recording = await Recording.start(t, { output: `+${capture}` });
    await curl(recording.url, [origin.url(path)]);
    await recording.stop(t);
  }
  t.equal(await readPaths(capture), '/first /second');
});

t.test('a capture that was cut off', CURL, async (t) => {
  const origin = await Origin.start(t, mirror);
  const recording = await Recording.start(t);
  await curl(
    recording.url,
    ['/1', '/2', '/3'].map((path) => origin.url(path)),
  );
  await recording.stop(t);
  const bytes = readFileSync(recording.capture);
  const last = bytes.lastIndexOf('TSF1');
  const cut = join(folder(t), 'cut.flows');
  for (const end of [last + 1, bytes.length - 1, last + 40]) {
    writeFileSync(cut, bytes.subarray(0, end));
    const { code, stdout, stderr } = await run(t, ['-nr', cut]);
    t.equal(code, 4, `cut at ${end} of ${bytes.length}`);
    t.same(paths(stdout), [1, 2]);
    t.match(stderr, new RegExp(`^tsdump: .*cut\\.flows.* offset ${last}\\b.*\\n$`));
  }
  appendFileSync(cut, bytes);
  const { code, stdout } = await run(t, ['-nr', cut]);
  t.equal(code, 4, 'what follows the damage');
  t.same(paths(stdout), [1, 2, 1, 2, 3], 'is read');
});

/** The numbers that are the paths of the flows shown. */
function paths(shown: Buffer): number[] {
  return [...String(shown).matchAll(/ http:\/\/[^/\s]+\/(\d+)\n/g)].map(([, number]) => Number(number));
}
