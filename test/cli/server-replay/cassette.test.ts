import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import type { FormatName } from '../../../src/serialize/formats.js';
import { exchange } from '../../addons/rewrite/flows.js';
import { curl } from '../../e2e/support/curl.js';
import { Origin } from '../../e2e/support/origin.js';
import { toFormat } from '../../serialize/flows.js';
import { readPaths } from '../flows.js';
import { run } from '../tsdump.js';
import { runWarm, WarmTsdump } from '../warm.js';

const dir = t.testdir({});
let files = 0;

/** A path that no other test has. */
function fresh(name: string): string {
  return join(dir, `${files++}-${name}`);
}

async function write(name: string, format: FormatName = 'native'): Promise<string> {
  const path = fresh(name);
  writeFileSync(path, await toFormat(format, [exchange({ url: 'http://a.test/one', responseBody: 'one' })]));
  return path;
}

async function end(program: WarmTsdump) {
  program.signal();
  return program.ended;
}

t.test('cassettes', async (t) => {
  let count = 0;
  const origin = await Origin.start(t, ({ target }, response) => response.end(`${target} ${++count}`));
  const site = `http://127.0.0.1:${(origin.server.address() as { port: number }).port}`;
  const cassette = fresh('cassette.bin');
  const play = async (mode: string, ...paths: string[]) => {
    const program = new WarmTsdump(t, [
      '-p',
      '0',
      '-S',
      cassette,
      '--server-replay-mode',
      mode,
      '--server-replay-extra',
      '404',
    ]);
    const proxy = `http://127.0.0.1:${await program.port()}`;
    const bodies: string[] = [];
    for (const path of paths) bodies.push(String((await curl(proxy, [site + path])).stdout));
    return { bodies, ...(await end(program)) };
  };
  t.same((await play('once', '/a', '/b')).bodies, ['/a 1', '/b 2'], 'made, as it did not exist');
  const made = readFileSync(cassette);
  t.same((await play('once', '/a', '/c')).bodies, ['/a 1', ''], 'once only');
  for (let time = 0; time < 3; time++) t.same((await play('new_episodes', '/b', '/a')).bodies, ['/b 2', '/a 1']);
  t.ok(readFileSync(cassette).equals(made), 'unchanged');
  t.same((await play('new_episodes', '/a', '/c?_=1')).bodies, ['/a 1', '/c?_=1 3']);
  const grown = readFileSync(cassette);
  t.ok(grown.subarray(0, made.length).equals(made) && grown.length > made.length, 'appended');
  const noisy = await play('new_episodes', '/c?_=2');
  t.match(noisy.stderr, /1 new request \(such as GET \S+\/c\?_=2\) differs .*--ignore 'param:_'/);
  t.equal(await readPaths(cassette), '/a /b /c?_=1 /c?_=2');
  t.same((await play('all', '/a')).bodies, ['/a 5']);
  t.equal(await readPaths(cassette), '/a', 'everything anew');
  origin.server.close();
});

t.test('a cassette is written only if the run succeeded', async (t) => {
  const origin = await Origin.start(t, (_, response) => response.end('content'));
  const site = `http://127.0.0.1:${(origin.server.address() as { port: number }).port}`;
  const path = await write('cassette.jsonl', 'jsonl');
  const before = readFileSync(path);
  const program = new WarmTsdump(t, [
    '-p',
    '0',
    '-S',
    path,
    '--server-replay-mode',
    'new_episodes',
    '--fail-on-unused',
  ]);
  const { stdout } = await curl(`http://127.0.0.1:${await program.port()}`, [`${site}/`]);
  t.equal(String(stdout), 'content');
  const { code, stderr } = await end(program);
  t.equal(code, 1);
  t.match(stderr, /was not written, because the run failed/);
  t.ok(readFileSync(path).equals(before));
});

t.test('further runs leave a cassette as it is, byte for byte', async (t) => {
  const origin = await Origin.start(t, ({ target, body }, response) => response.end(`${target} ${body.length}`));
  const requests = (proxy: string): Promise<unknown>[] =>
    ['/a', '/b?x=1&y=2', '/c'].map((path) => curl(proxy, ['-d', '{"n":1}', origin.url(path)]));
  for (const [name, runs] of [
    ['cassette.bin', 3],
    ['cassette.jsonl', 2],
    ['cassette.mitm', 2],
  ] as const) {
    const cassette = fresh(name);
    let made: Buffer | undefined;
    for (let time = 0; time <= runs; time++) {
      const program = new WarmTsdump(t, ['-p', '0', '-S', cassette, '--server-replay-mode', 'new_episodes']);
      await Promise.all(requests(`http://127.0.0.1:${await program.port()}`));
      t.equal((await end(program)).code, 0);
      made ??= readFileSync(cassette);
      t.ok(made.equals(readFileSync(cassette)), `${name}, run ${time}`);
    }
    t.equal((await readPaths(cassette)).split(' ').length, 3);
  }
  t.equal(origin.received.length, 9, 'each cassette was recorded once');
});

t.test('a command that fails leaves the cassette untouched', async (t) => {
  const origin = await Origin.start(t, (_, response) => response.end('content'));
  const fails = ['sh', '-c', `curl -s http://a.service.test/new > ${fresh('answer')}; exit 3`];
  const mapped = ['--set', 'server_replay_extra=404', '-M', `|^http://a.service.test/|${origin.url('/')}`];
  const existing = await write('cassette.bin');
  const before = readFileSync(existing);
  for (const mode of ['new_episodes', 'all']) {
    const { code, stderr } = await run(t, ['-S', existing, '--server-replay-mode', mode, ...mapped, '--', ...fails]);
    t.equal(code, 3, stderr);
    t.ok(readFileSync(existing).equals(before), mode);
    t.notMatch(readdirSync(dirname(existing)).join('\n'), /\.new$/m, mode);
  }
  const missing = fresh('absent.bin');
  for (const mode of ['once', 'new_episodes', 'all']) {
    const { code } = await run(t, ['-S', missing, '--server-replay-mode', mode, ...mapped, '--', ...fails]);
    t.equal(code, 3);
    t.notOk(existsSync(missing), `${mode}: it is not made`);
  }
  t.equal(origin.received.length, 5, 'each run has asked the server');
});

t.test('a file that is no capture is neither replaced nor added to', async (t) => {
  const description = fresh('openapi.json');
  const content = '{"openapi":"3.0.0","paths":{}}\n';
  writeFileSync(description, content);
  for (const mode of ['new_episodes', 'all']) {
    const { code, stderr } = await runWarm(['-p', '0', '-S', description, '--server-replay-mode', mode]);
    t.equal(code, 2, stderr);
    t.match(stderr, /openapi\.json.*\[option-value\]/);
    t.equal(readFileSync(description, 'utf8'), content, mode);
  }
});

t.test('a folder that is missing is an error at the start', async (t) => {
  for (const mode of ['once', 'new_episodes', 'all']) {
    const path = join(fresh('missing'), 'cassette.bin');
    const { code, stderr } = await runWarm(['-p', '0', '-S', path, '--server-replay-mode', mode]);
    t.equal(code, 5, mode);
    t.match(stderr, `Cannot write ${path}: no such file or directory`);
  }
});

t.test('a run in which nothing is recorded keeps the cassette', async (t) => {
  const origin = await Origin.start(t, (_, response) => response.end('content'));
  const unreachable = origin.url('/');
  await new Promise((closed) => origin.server.close(closed));
  const existing = await write('cassette.bin');
  const before = readFileSync(existing);
  for (const path of [existing, fresh('absent.bin')]) {
    const program = new WarmTsdump(t, ['-p', '0', '-S', path, '--server-replay-mode', 'all']);
    await curl(`http://127.0.0.1:${await program.port()}`, [unreachable]);
    const { code, stderr } = await end(program);
    t.equal(code, 0, stderr);
    t.equal(/was kept/.test(stderr), path === existing);
    t.equal(existsSync(path), path === existing);
  }
  t.ok(readFileSync(existing).equals(before));
});
