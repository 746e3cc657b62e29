import { statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readPaths, writeFlows } from '../cli/flows.js';
import { run } from '../cli/tsdump.js';
import { testAuthority } from '../engine/tls/support.js';
import { COMPRESSIONS } from '../serialize/compression/available.js';
import { folder, write } from '../support/folder.js';
import { identity } from '../support/identity.js';
import { command, needs, orSkip } from './support/command.js';
import { curl } from './support/curl.js';
import { Origin } from './support/origin.js';
import { patterned } from './support/patterned.js';
import { Recording, readCapture } from './support/recording.js';

/** Path of the newest Node, whichever that is at the moment. */
const node = process.env.TSDUMP_NEWEST_NODE;
const NEWEST = { skip: needs('curl').skip || orSkip(!node && 'TSDUMP_NEWEST_NODE is not set').skip };

t.test('records HTTP and HTTPS, and reads it', NEWEST, async (t) => {
  t.comment(String((await command(node!, ['--version'])).stdout).trim());
  const upstream = testAuthority();
  const trusted = write(join(folder(t), 'upstream.pem'), upstream.certificatePem);
  const mirror: Parameters<typeof Origin.start>[1] = ({ body }, response) => response.end(body);
  const plain = await Origin.start(t, mirror);
  const secure = await Origin.start(t, mirror, { tls: identity(upstream, ['localhost']) });
  // With an authority of its own, so that it makes one.
  const recording = await Recording.start(t, {
    node,
    confdir: join(folder(t), 'conf'),
    args: ['--set', `ssl_verify_upstream_trusted_ca=${trusted}`],
  });
  const body = patterned(3_000_000);
  const urls = [plain.url('/plain'), secure.url('/secure', 'localhost')];
  for (const url of urls) {
    for (const args of [['--tls-max', '1.2'], []]) {
      const all = [...args, '--cacert', recording.ca, '--data-binary', '@-', url];
      const { code, stdout, stderr } = await curl(recording.url, all, { input: body });
      t.equal(code, 0, url, { stderr });
      t.ok(stdout.equals(body));
    }
  }
  await recording.stop(t);
  const flows = await readCapture(recording.capture);
  t.equal(flows.length, 4);
  for (const { requestBody, responseBody } of flows) t.ok(requestBody.equals(body) && responseBody.equals(body));

  const copy = join(folder(t), 'copy.flows');
  const read = await run(t, ['-nr', recording.capture, '-w', copy, '--flow-detail', '1', '~u /secure'], { node });
  t.equal(read.code, 0);
  t.equal(read.stderr, '');
  t.match(String(read.stdout), new RegExp(`^(\\S+ POST ${urls[1]}\n +<< 200 OK 2\\.9m\n){2}$`));
  t.equal((await readCapture(copy)).length, 2, 'what it wrote is read by this Node');
});

t.test('zstd, which older ones do not have', NEWEST, async (t) => {
  const dir = folder(t);
  const plain = join(dir, 'plain.bin');
  await writeFlows(plain, 300);
  const read = async (path: string) => String((await run(t, ['-nr', path, '--flow-detail', '3'], { node })).stdout);
  const expected = await read(plain);
  for (const [name, ...args] of [
    ['packed.bin', '--compress', 'zstd'],
    ['whole.bin.zst'],
    ['whole.jsonl.zst'],
  ] as const) {
    const path = join(dir, name);
    t.equal((await run(t, ['-nqr', plain, '-w', path, ...args], { node })).code, 0, name);
    t.ok(statSync(path).size < statSync(plain).size, `${name} is smaller`);
    t.equal(await read(path), expected, name);
    const back = join(dir, 'back.bin');
    t.equal((await run(t, ['-nqr', path, '-w', back, '--compress', 'none'], { node })).code, 0);
    t.equal(await readPaths(back), await readPaths(plain));
    // Where there is none it is said so, and nothing crashes.
    const older = await run(t, ['-nqr', path]);
    if (!COMPRESSIONS.includes('zstd')) t.match(older, { code: 4, stderr: /zstd needs Node\.js 22\.15/ });
  }
  t.equal((await run(t, ['-nqr', plain, '-w', `+${join(dir, 'whole.bin.zst')}`], { node })).code, 0);
  t.equal(await read(join(dir, 'whole.bin.zst')), expected + expected, 'appended to');
});

t.test('damage and wrong usage', NEWEST, async (t) => {
  const dir = folder(t);
  const damaged = await run(t, ['-nr', write(join(dir, 'damaged'), 'TSF1 and nothing else')], { node });
  t.equal(damaged.code, 4);
  t.match(damaged.stderr, /offset 0/);
  const wrong = await run(t, ['-nr', '-', '~nonsense'], { node });
  t.equal(wrong.code, 2);
  t.equal((await run(t, ['--version'], { node })).code, 0);
});
