import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { run } from '../../cli/tsdump.js';
import { runWarm } from '../../cli/warm.js';
import { folder } from '../../support/folder.js';
import { curl } from '../support/curl.js';
import { Origin } from '../support/origin.js';
import { needsPython } from '../support/python.js';
import { type Recorded, Recording, readCapture } from '../support/recording.js';
import { Shop } from '../support/shop.js';
import { curlClient, nodeClient, pythonClient } from '../support/shop-clients.js';

const PYTHON = needsPython('requests');
const dir = folder(t);

/** Records users of the shop at the same time. @returns the capture */
async function record(t: Test): Promise<string> {
  const shop = await Shop.start(t, 'recorded', 1);
  const recording = await Recording.start(t, { output: join(dir, 'recorded.bin') });
  const clients = [
    nodeClient(t, recording.url, shop.url, 'ann'),
    nodeClient(t, recording.url, shop.url, 'bob'),
    curlClient(t, recording.url, shop.url, 'cid'),
  ];
  if (!PYTHON.skip)
    clients.push(pythonClient(t, recording.url, shop.url, 'dee'), pythonClient(t, recording.url, shop.url, 'eve'));
  await Promise.all(clients);
  await recording.stop(t);
  t.same(shop.refused, [], 'the recording is sound');
  return recording.capture;
}

t.setTimeout(300_000);

t.test('a session is replayed to a server with other values', { timeout: 300_000 }, async (t) => {
  const capture = await record(t);
  const flows = new Map((await httpFlows(capture)).map((each) => [each.flow.id, each]));
  const cases: readonly (readonly [what: string, rounds: number, args: readonly string[], isPipe?: boolean])[] = [
    ['one after the other', 1, []],
    ['many at once', 1, ['--replay-concurrency', '16']],
    ['at a rate', 1, ['--replay-rate', '500/s']],
    ['in rounds', 2, ['--replay-count', '2', '--replay-concurrency', '8']],
    ['from a pipe', 1, ['--set', 'replay_window=1'], true],
    ['from a pipe, many at once', 1, ['--set', 'replay_window=1', '--replay-concurrency', '16'], true],
  ];
  for (const [what, rounds, args, isPipe] of cases) {
    await t.test(what, async (t) => {
      const shop = await Shop.start(t, what, 70_000);
      const output = join(dir, `${what}.bin`);
      const all = ['-C', isPipe ? '-' : capture, '--replay-to', shop.url, '--replay-session', '-w', output, ...args];
      const ended = await (isPipe ? run(t, all, { input: readFileSync(capture) }) : runWarm(all));
      t.equal(ended.code, 0, ended.stderr);
      t.same(shop.refused, []);
      t.equal(shop.answered, flows.size * rounds);
      const replayed = await httpFlows(output);
      t.equal(replayed.length, flows.size * rounds);
      for (const { flow } of replayed) {
        const { flow: recorded } = flows.get(String(flow.metadata.replayed_from))!;
        t.equal(flow.response?.statusCode, recorded.response?.statusCode, flow.request.path);
        if (flow.request.path === '/api/me') {
          t.same(await bodyOf(flow, replayed), await bodyOf(recorded, [...flows.values()]), 'no other user');
        }
      }
    });
  }
});

t.test('values that were carried over are not differences', { timeout: 300_000 }, async (t) => {
  const shop = await Shop.start(t, 'compared', 70_000);
  const args = ['--replay-to', shop.url, '--replay-session', '--replay-compare'];
  const ended = await runWarm(['-C', join(dir, 'recorded.bin'), ...args]);
  t.equal(ended.code, 1, ended.stderr);
  t.same(shop.refused, []);
  const differences = String(ended.stdout).match(/^ {2}\S.* → .*$/gm) ?? [];
  // The new server counts versions from elsewhere, and its longer ids make uploads larger.
  t.ok(differences.some((line) => line.includes('$.size')));
  t.same(
    differences.filter((line) => !/\$\.size|version|etag/.test(line)),
    [],
  );
});

t.test('what was carried over is shown and recorded', { timeout: 300_000 }, async (t) => {
  const shop = await Shop.start(t, 'shown', 70_000);
  const output = join(dir, 'shown.bin');
  const args = ['--replay-to', shop.url, '--replay-session', '--flow-detail', '2', '-w', output];
  const ended = await runWarm([
    '-C',
    join(dir, 'recorded.bin'),
    ...args,
    '~u /api/items/1$ | ~u /login | ~u /home | ~u /api/token',
  ]);
  const shown = (...places: string[]) =>
    new RegExp(` {4}--- Carried over\\n${places.map((place) => ` {4}${place}: \\S+ → \\S+\\n`).join('')}`);
  t.match(String(ended.stdout), shown('cookie visit', 'form csrf'));
  t.match(String(ended.stdout), shown('cookie visit', 'cookie sid', 'header x-csrf-token'));
  const [login] = (await httpFlows(output)).filter(({ flow }) => flow.request.method === 'POST');
  t.match(login?.flow.metadata.replay_session, [
    { place: 'cookie visit', recorded: /^\S{20}$/, value: /^\S{20}$/ },
    { place: 'form csrf', recorded: /&$/, value: /&$/ },
  ]);
});

t.test('rules from the command line', { timeout: 300_000 }, async (t) => {
  const output = join(dir, 'ruled.bin');
  let count = 0;
  const origin = await Origin.start(t, ({ target }, response) => {
    response.end(target === '/a' ? `number ${++count}` : 'ok');
  });
  const recording = await Recording.start(t);
  await curl(recording.url, [origin.url('/a'), '-o', '/dev/null', origin.url('/b?n=1&m=1'), '-o', '/dev/null']);
  await recording.stop(t);
  const rule = '/number (\\d+)/ -> param:n';
  const ended = await runWarm([
    '-C',
    recording.capture,
    '--replay-to',
    origin.url(''),
    '--replay-extract',
    rule,
    '-w',
    output,
  ]);
  t.equal(ended.code, 0, ended.stderr);
  t.same(
    (await httpFlows(output)).map(({ flow }) => flow.request.path),
    ['/a', '/b?n=2&m=1'],
  );
});

t.test('without the option, the server refuses', { timeout: 300_000 }, async (t) => {
  const capture = join(dir, 'recorded.bin');
  const shop = await Shop.start(t, 'other', 70_000);
  const ended = await runWarm(['-C', capture, '--replay-to', shop.url]);
  t.equal(ended.code, 0, ended.stderr);
  t.ok(shop.refused.length > 20);
});

async function httpFlows(capture: string): Promise<Recorded<HttpFlow>[]> {
  return (await readCapture(capture)).filter(({ flow }) => flow.type === 'http') as Recorded<HttpFlow>[];
}

/** The content of a response, which was read with its flow. */
async function bodyOf(flow: HttpFlow, all: readonly Recorded<HttpFlow>[]): Promise<string> {
  const { responseBody } = all.find((each) => each.flow === flow)!;
  const { decodeContent, parseContentEncoding } = await import('../../../src/flow/body/content-coding.js');
  return String(
    await decodeContent(responseBody, parseContentEncoding(flow.response!.headers.get('content-encoding'))),
  );
}
