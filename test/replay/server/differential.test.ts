import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { readAll } from '../../serialize/flows.js';
import { toMitmproxy } from '../../serialize/mitmproxy/flow-files.js';
import { MITMPROXY, PYTHON } from '../../support/mitmproxy.js';
import { Random } from '../../support/random.js';
import { rounds } from '../../support/rounds.js';
import { exchange, policy, replayOf } from './recorded.js';

/**
 * The same capture, requests and options through mitmproxy's own addon and through ours. What differs on purpose
 * (docs/server-replay.md) is not generated here: the order of parameters, spellings of JSON, and a capture that is used up.
 */
const SCRIPT = join(import.meta.dirname, '../../../../test/replay/server/mitmproxy_server_replay.py');

const HOSTS = ['a.test', 'b.test', 'a.test:8080'];
const PATHS = ['/', '/items', '/items/1', '/items/2', '/a%20b', '/A'];
const QUERIES = [
  '',
  '?',
  '?x=1',
  '?x=2',
  '?x=1&y=2',
  '?x=1&x=2',
  '?x=&y',
  '?x=a%26b',
  '?nonce=1&x=1',
  '?nonce=2&x=1',
  '?_=7',
];
const TYPES: readonly [string, string][] = [
  ['application/json', '{"a":1}'],
  ['application/json', '{"a":2}'],
  ['text/plain', 'hello'],
  ['text/plain', ''],
  ['application/x-www-form-urlencoded', 'a=1&b=2'],
  ['application/x-www-form-urlencoded', 'a=1&b=3'],
  ['application/x-www-form-urlencoded', 'token=1&a=1'],
  ['application/x-www-form-urlencoded', 'token=2&a=1'],
  ['multipart/form-data; boundary=X', part('a', '1') + part('token', '1', '--')],
  ['multipart/form-data; boundary=X', part('a', '1') + part('token', '2', '--')],
  ['application/octet-stream', '\0\x01\xff'],
];
const DATES = [
  'Wed, 15 Nov 2023 06:13:20 GMT',
  'Wednesday, 15-Nov-23 06:13:20 GMT',
  'Wed, 15 Nov 2023 06:13:20 +0200',
  'Wed, 15 Nov 2023 06:13:20 EST',
  '15 Nov 2023 06:13:20 GMT',
  '0',
  '-1',
  'tomorrow',
  '2023-11-15T06:13:20Z',
];
/** mitmproxy leaves dates of the old form alone in cookies. */
const COOKIE_DATES = DATES.filter((date) => !date.startsWith('Wednesday'));
const COOKIES = ['s=1', 's=1; Path=/', 's=1; expires=DATE', 'a=b; HttpOnly; Expires=DATE', '=x; expires=DATE'];

function part(name: string, value: string, end = ''): string {
  const head = name === 'a' ? '--X\r\n' : '';
  return `${head}Content-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--X${end}\r\n`;
}

function request(random: Random) {
  const method = random.pick(['GET', 'GET', 'POST', 'PUT']);
  const url = `${random.pick(['http', 'https'])}://${random.pick(HOSTS)}${random.pick(PATHS)}${random.pick(QUERIES)}`;
  const [type, requestBody] = method.startsWith('P') ? random.pick(TYPES) : ['', ''];
  const fields: [string, string][] = type === '' ? [] : [['Content-Type', type]];
  if (random.below(3) === 0) fields.push(['X-User', random.pick(['1', '2'])]);
  if (random.below(4) === 0) fields.push(['Accept', 'a'], ['accept', random.pick(['b', 'c'])]);
  return { method, url, request: fields, requestBody };
}

function answered(random: Random, number: number): HttpFlow {
  const fields: [string, string][] = [];
  for (const name of ['Date', 'Expires', 'Last-Modified']) {
    if (random.below(2) === 0) fields.push([name, random.pick(DATES)]);
  }
  while (random.below(2) === 0)
    fields.push(['Set-Cookie', random.pick(COOKIES).replace('DATE', random.pick(COOKIE_DATES))]);
  const status = random.below(8) === 0 ? 0 : 200;
  const flow = exchange({ ...request(random), status, response: fields, responseBody: `answer ${number}` });
  if (flow.response) flow.response.timestampStart = 1_700_000_000 + number;
  return flow;
}

function options(random: Random): Record<string, unknown> {
  const some = <Value>(name: string, value: Value) => (random.below(3) === 0 ? { [name]: value } : {});
  return {
    ...some('server_replay_ignore_content', true),
    ...some('server_replay_ignore_host', true),
    ...some('server_replay_ignore_port', true),
    ...some('server_replay_ignore_params', random.pick([['nonce'], ['x', '_'], ['absent']])),
    ...some('server_replay_ignore_payload_params', random.pick([['token'], ['a', 'b']])),
    ...some('server_replay_use_headers', random.pick([['X-User'], ['accept', 'x-user'], ['absent']])),
    ...some('server_replay_reuse', true),
    server_replay_refresh: random.below(2) === 0,
    server_replay_extra: random.pick(['forward', 'kill', '204', '404']),
  };
}

t.test('random options on random requests', MITMPROXY, async (t) => {
  t.setTimeout(300_000);
  const folder = t.testdir({});
  const random = new Random(18);
  // One answer is never asked for, so that mitmproxy does not run out of them.
  const never = exchange({ url: 'http://never.test/', responseBody: 'never' });
  const capture = [...Array.from({ length: 250 }, (_, number) => answered(random, number)), never];
  const asked = Array.from({ length: 150 }, () => exchange({ ...request(random), status: 0 }));
  writeFileSync(join(folder, 'capture.mitm'), await toMitmproxy(capture));
  writeFileSync(join(folder, 'requests.mitm'), await toMitmproxy(asked));
  const cases = Array.from({ length: rounds(20, 40) }, () => options(random));
  writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases));
  const { stdout, stderr, status } = spawnSync(PYTHON, [SCRIPT, folder], { encoding: 'utf8', maxBuffer: 1 << 29 });
  if (status !== 0) throw new Error(stderr);
  const wanted = JSON.parse(stdout) as Decision[][];
  const counts = new Map<string, number>();
  let differing = 0;
  for (const [number, settings] of cases.entries()) {
    const found = await decide(t, folder, settings);
    for (const [at, decision] of found.entries()) {
      const kind = decision.content === undefined ? decision.what : 'answered';
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      const name = `request ${at} of case ${number}: ${JSON.stringify(settings)}`;
      const isSame = JSON.stringify(decision) === JSON.stringify(wanted[number]![at]);
      if (!isSame && differing++ < 20) t.same(decision, wanted[number]![at], name);
    }
  }
  t.equal(differing, 0);
  for (const kind of ['answered', 'forwarded', 'killed', '204', '404']) {
    t.ok(counts.get(kind)! > 2 * cases.length, `${kind}: ${counts.get(kind)}`);
  }
});

interface Decision {
  what: string;
  content?: string;
  fields?: [string, string][];
}

/** What our addon makes of the requests, in the form of the script. */
async function decide(t: Test, folder: string, settings: Record<string, unknown>): Promise<Decision[]> {
  const list = (name: string) => (settings[name] as string[] | undefined) ?? [];
  const is = (name: string) => settings[name] === true;
  const extra = settings.server_replay_extra as string;
  const replay = await replayOf(t, [join(folder, 'capture.mitm')], {
    keys: {
      ignoreContent: is('server_replay_ignore_content'),
      ignoreHost: is('server_replay_ignore_host'),
      ignorePort: is('server_replay_ignore_port'),
      ignoreParams: new Set(list('server_replay_ignore_params')),
      ignorePayloadParams: new Set(list('server_replay_ignore_payload_params')),
      useHeaders: list('server_replay_use_headers'),
    },
    sequence: { reuse: is('server_replay_reuse'), after: 'miss' },
    response: { refresh: is('server_replay_refresh'), latency: 0, policy },
    extra: extra === 'kill' || extra === 'forward' ? extra : Number(extra),
  });
  const { flows } = await readAll(join(folder, 'requests.mitm'));
  const decisions: Decision[] = [];
  for (const flow of flows as HttpFlow[]) {
    await replay.request(flow);
    const { response } = flow;
    if (flow.killed) decisions.push({ what: 'killed' });
    else if (!response) decisions.push({ what: 'forwarded' });
    else if (response.body.size === 0) decisions.push({ what: String(response.statusCode) });
    else
      decisions.push({
        what: String(response.statusCode),
        content: await response.body.text(),
        fields: fields(response),
      });
    response?.body.release();
  }
  await replay.settled();
  await replay.close();
  return decisions;
}

/** Without the times of the day: the two do not answer at the same moment. */
function fields({ headers }: NonNullable<HttpFlow['response']>): [string, string][] {
  return [...headers]
    .map(([name, value]): [string, string] => [name.toLowerCase(), dayOf(value)])
    .filter(([name]) => name !== 'content-length');
}

function dayOf(value: string): string {
  return value.replace(/\d\d:\d\d:\d\d GMT/, 'TIME').replace(/expires=/i, 'expires=');
}
