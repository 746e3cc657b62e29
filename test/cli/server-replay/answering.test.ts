import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import type { FormatName } from '../../../src/serialize/formats.js';
import { exchange } from '../../addons/rewrite/flows.js';
import { curl } from '../../e2e/support/curl.js';
import { toFormat } from '../../serialize/flows.js';
import { readPaths } from '../flows.js';
import { runWarm, WarmTsdump } from '../warm.js';

const FLOWS = () =>
  ['one', 'two', 'one'].map((name, at) =>
    exchange({
      url: `http://a.test/${name}`,
      responseBody: `${name} ${at}`,
      response: [['Date', 'Thu, 01 Jan 1970 00:00:00 GMT']],
    }),
  );

const dir = t.testdir({});
let files = 0;

/** A path that no other test has. */
function fresh(name: string): string {
  return join(dir, `${files++}-${name}`);
}

async function write(name: string, format: FormatName = 'native'): Promise<string> {
  const path = fresh(name);
  writeFileSync(path, await toFormat(format, FLOWS()));
  return path;
}

/** Asks for paths of a.test, one after the other. @returns the bodies, or the errors */
async function ask(program: WarmTsdump, ...paths: string[]): Promise<string[]> {
  const proxy = `http://127.0.0.1:${await program.port()}`;
  const bodies: string[] = [];
  for (const path of paths) {
    const { code, stdout } = await curl(proxy, [`http://a.test/${path}`]);
    bodies.push(code === 0 ? String(stdout) : `failed ${code}`);
  }
  return bodies;
}

async function end(program: WarmTsdump) {
  program.signal();
  return program.ended;
}

t.test('a capture that is damaged while it is served', async (t) => {
  for (const options of [[], ['--strict']]) {
    for (const text of ['GET', 'one 0']) {
      const path = await write('capture.bin');
      const program = new WarmTsdump(t, ['-p', '0', '-S', path, '--offline', ...options]);
      await program.port();
      const bytes = readFileSync(path);
      bytes[bytes.indexOf(text)]! ^= 1;
      writeFileSync(path, bytes);
      await ask(program, 'one');
      // With `--strict`, it ends without a signal.
      const { code, stderr } = await (options.length > 0 ? program.ended : end(program));
      t.equal(code, 4);
      t.match(
        stderr,
        text === 'GET' ? /changed while it was being served/ : /a body of the record at offset 0 is damaged/,
      );
      t.notMatch(stderr, /Addon|DamageError/);
    }
  }
});

t.test('answers, misses and what was never used', async (t) => {
  const path = await write('capture.bin');
  const program = new WarmTsdump(t, ['-p', '0', '-S', path, '--offline', '-w', fresh('out.bin')]);
  const bodies = await ask(program, 'one', 'one', 'one', 'three');
  t.same(bodies.slice(0, 2), ['one 0', 'one 2']);
  t.match(JSON.parse(bodies[2]!), { answers_given: 2 });
  t.match(JSON.parse(bodies[3]!), { differences: [{ where: 'path' }] });
  const { code, stderr, stdout } = await end(program);
  t.equal(code, 0);
  t.match(stderr, /3 recorded answers read\./);
  t.match(
    stderr,
    /Server replay: 2 requests answered, 2 missed; 1 recorded answer was never used\.\n.*never used: GET http:\/\/a\.test\/two\n/,
  );
  t.match(String(stdout), /GET http:\/\/a\.test\/one\n.*<< 200 Recorded/);
});

t.test('options', async (t) => {
  const path = await write('capture.bin');
  const cases: [string[], string[], string[]][] = [
    [
      ['--server-replay-after', 'last'],
      ['one', 'one', 'one'],
      ['one 0', 'one 2', 'one 2'],
    ],
    [
      ['--server-replay-after', 'first'],
      ['one', 'one', 'one'],
      ['one 0', 'one 2', 'one 0'],
    ],
    [['--server-replay-reuse'], ['one', 'one', 'one'], ['one 0', 'one 0', 'one 0']],
    [['--server-replay-extra', 'kill'], ['three'], ['failed 52']],
    [
      ['--server-replay-extra', '204'],
      ['three', 'one'],
      ['', 'one 0'],
    ],
    [
      ['--set', 'server_replay_ignore_params=n'],
      ['one?n=1', 'one?n=2', 'two?m=1'],
      ['one 0', 'one 2', ''],
    ],
    [
      ['--ignore', 'param:n', '--ignore', 'type:number'],
      ['one?n=1', 'one?n=2'],
      ['one 0', 'one 2'],
    ],
  ];
  for (const [options, paths, wanted] of cases) {
    const extra = options.includes('--server-replay-extra') ? [] : ['--server-replay-extra', '404'];
    const program = new WarmTsdump(t, ['-p', '0', '-S', path, ...extra, ...options]);
    t.same(await ask(program, ...paths), wanted, options.join(' '));
    await end(program);
  }
});

t.test('the exit code', async (t) => {
  const path = await write('capture.bin');
  const cases: [string[], string[], number][] = [
    [[], ['three'], 0],
    [['--fail-on-miss'], ['three'], 1],
    [['--fail-on-miss'], ['one'], 0],
    [['--fail-on-unused'], ['one', 'one'], 1],
    [['--fail-on-unused'], ['one', 'two', 'one'], 0],
    [['--fail-on-unused', '--server-replay-reuse'], ['one', 'two'], 0],
  ];
  for (const [options, paths, wanted] of cases) {
    const program = new WarmTsdump(t, ['-p', '0', '-S', path, '--offline', ...options]);
    await ask(program, ...paths);
    const { code, stderr } = await end(program);
    const name = `${options.join(' ')} ${paths.join(' ')}`;
    t.equal(code, wanted, name);
    t.equal(/\[check-failed\]/.test(stderr), wanted === 1, `${name}: the reason`);
  }
});

t.test('captures of all formats, compressed, from a pipe, and several', async (t) => {
  const har = await write('flows.har', 'har');
  const cases: [string, string[], Buffer?][] = [
    ['JSON Lines', [await write('flows.jsonl', 'jsonl')]],
    ['mitmproxy', [await write('flows.mitm', 'mitmproxy')]],
    ['HAR', [har]],
    ['a pipe', ['-'], await toFormat('native', FLOWS())],
  ];
  const packed = fresh('flows.bin.gz');
  writeFileSync(packed, gzipSync(await toFormat('native', FLOWS())));
  cases.push(['gzip', [packed]]);
  for (const [name, paths, input] of cases) {
    const program = new WarmTsdump(t, ['-p', '0', ...paths.flatMap((path) => ['-S', path]), '--offline'], { input });
    t.same(await ask(program, 'one', 'two', 'one'), ['one 0', 'two 1', 'one 2'], name);
    await end(program);
  }
  const several = new WarmTsdump(t, ['-p', '0', '-S', await write('a.bin'), '-S', packed, '--offline']);
  t.same(await ask(several, 'two', 'two'), ['two 1', 'two 1']);
  await end(several);
});

t.test('wrong usage', async (t) => {
  const path = await write('capture.bin');
  const cases: [string[], number, RegExp][] = [
    [['-S', fresh('absent')], 4, /absent/],
    [['-S', path, '-w', path], 2, /same file/],
    [['-S', '-', '-S', '-'], 2, /-S - may be given only once/],
    [['-r', '-', '-S', '-'], 2, /stdin can be read only once/],
    [['-S', path, '--server-replay-extra', '99'], 2, /forward, kill/],
    [['-S', path, '--server-replay-latency', 'slow'], 2, /factor/],
    [['-S', path, '--server-replay-mode', 'all', '--offline'], 2, /--offline/],
    [['-S', '-', '--server-replay-mode', 'all'], 2, /needs a file/],
    [['-n', '-r', path, '-S', path, '--server-replay-mode', 'new_episodes'], 2, /needs a proxy/],
    [['-S', await write('flows.har', 'har'), '--server-replay-mode', 'all'], 2, /can be added to/],
    [['-S', path, '--ignore', 'nonsense'], 2, /rule/],
  ];
  for (const [args, code, message] of cases) {
    const ended = await runWarm(['-p', '0', ...args]);
    t.equal(ended.code, code, args.join(' '));
    t.match(ended.stderr, message, args.join(' '));
  }
});

t.test('flows of a capture get the answers of another', async (t) => {
  const from = await write('capture.bin');
  const input = fresh('in.bin');
  writeFileSync(input, await toFormat('native', [exchange({ url: 'http://a.test/two', responseBody: 'old' })]));
  const out = fresh('out.jsonl');
  const { code } = await runWarm(['-n', '-r', input, '-S', from, '-w', out]);
  t.equal(code, 0);
  t.match(readFileSync(out, 'utf8'), /two 1/);
  t.equal(await readPaths(out), '/two');
});

t.test('without a capture nothing is served, because all requests would go to their servers', async (t) => {
  for (const [name, content] of [
    ['notes.yaml', 'http_interactions:\n- request:\n'],
    ['openapi.json', '{"openapi":"3.0.0","paths":{}}\n'],
    ['one.har', '{"log":{}}'],
  ] as const) {
    const path = fresh(name);
    writeFileSync(path, content);
    const { code, stderr } = await runWarm(['-p', '0', '-S', path, '--duration', '60']);
    t.equal(code, 4, stderr);
    t.match(stderr, /there are no flows in .*\[input-unrecognised\]\n$/);
  }
});

t.test('recorded responses without their content are counted at the start', async (t) => {
  const path = fresh('without-content.har');
  const entry = (name: string, content: object) => ({
    startedDateTime: '2024-05-31T12:00:00Z',
    request: { method: 'GET', url: `http://a.test/${name}` },
    response: { status: 200, content },
  });
  const entries = [entry('one', { size: 3, text: 'one' }), entry('two', { size: 5 })];
  writeFileSync(path, JSON.stringify({ log: { version: '1.2', entries } }));
  const program = new WarmTsdump(t, ['-p', '0', '-S', path, '--offline']);
  t.same(await ask(program, 'one'), ['one']);
  const { stderr } = await end(program);
  t.match(stderr, /1 recorded answer read \(1 flow has none, 1 because the content of the response was not recorded\)/);
});

t.test('a miss says that the request was recorded without a usable answer', async (t) => {
  const path = fresh('without-answer.har');
  const entry = (name: string, response: object) => ({
    startedDateTime: '2024-05-31T12:00:00Z',
    request: { method: 'GET', url: `http://a.test/${name}` },
    response,
  });
  const headers = [{ name: 'Content-Length', value: '9' }];
  const upload = { method: 'POST', url: 'http://a.test/four', bodySize: 0, headers };
  const entries = [
    entry('one', { status: 200, content: { size: 3, text: 'one' } }),
    entry('two', { status: 200, content: { size: 5 } }),
    entry('three', { status: 0, _error: 'net::ERR_ABORTED' }),
    { ...entry('four', { status: 200, content: { size: 5 } }), request: upload },
  ];
  writeFileSync(path, JSON.stringify({ log: { version: '1.2', entries } }));
  const program = new WarmTsdump(t, ['-p', '0', '-S', path, '--offline']);
  const reasons = (await ask(program, 'two', 'three')).map((body) => JSON.parse(body).reason);
  t.same(reasons, [
    'it was recorded, but without the content of the response',
    'it was recorded, but failed or was aborted',
  ]);
  const posted = await curl(`http://127.0.0.1:${await program.port()}`, ['-d', 'content', upload.url]);
  t.equal(JSON.parse(String(posted.stdout)).reason, reasons[0], 'an upload whose content was not recorded');
  const { stderr } = await end(program);
  t.match(
    stderr,
    'No recorded answer to GET http://a.test/two: it was recorded, but without the content of the response.\n',
  );
  t.match(stderr, 'No recorded answer to GET http://a.test/three: it was recorded, but failed or was aborted.\n');
  t.notMatch(stderr, 'closest');
});

t.test('a miss whose recorded request was not sent, because its server was not reached', async (t) => {
  const path = fresh('unreachable.jsonl');
  const request = {
    method: 'POST',
    url: 'http://a.test/',
    headers: [['Content-Length', '7']],
    bodySize: 0,
    bodyComplete: false,
    timestampStart: 1,
  };
  const error = { message: 'Could not connect', timestamp: 2, code: 'ECONNREFUSED' };
  writeFileSync(path, `${JSON.stringify({ type: 'http', id: '1', request, error })}\n`);
  const program = new WarmTsdump(t, ['-p', '0', '-S', path, '--offline']);
  const { stdout } = await curl(`http://127.0.0.1:${await program.port()}`, ['-d', 'content', request.url]);
  t.equal(JSON.parse(String(stdout)).reason, 'it was recorded, but failed or was aborted');
  await end(program);
});
