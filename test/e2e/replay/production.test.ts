import { join } from 'node:path';
import t, { type Test } from 'tap';
import { HOME, run, Tsdump } from '../../cli/tsdump.js';
import { folder, write } from '../../support/folder.js';
import { RawOrigin } from '../../support/raw-origin.js';
import { needs } from '../support/command.js';
import { curl } from '../support/curl.js';
import { mirror, Origin, type Received } from '../support/origin.js';
import { recordCurl, replayWarm } from './support.js';

const CURL = needs('curl');
const production = await Origin.start(t, mirror);
let capture = '';

t.before(async () => {
  const urls = ['/one', '/redirect', '/three'].map((path) => production.url(path));
  if (!CURL.skip)
    capture = await recordCurl(
      t,
      urls.map((url) => [url, '-H', 'Authorization: Bearer secret']),
    );
});

interface Case {
  name: string;
  /** PROD and STAGING are `127.0.0.1:PORT`, SCRIPT is the path of the script. */
  args: string[];
  script?: string;
  code: number;
  /** Requests that the other server gets. */
  sent?: number;
}

const TO = ['--replay-to', 'http://STAGING'];
const PROXY = ['--set', 'mode=upstream:http://STAGING'];
const MOVES = "flow.request.url = 'http://PROD/moved';";

const CASES: Case[] = [
  { name: 'no target', args: [], code: 2 },
  { name: 'keeping the host is not a target', args: ['--replay-keep-host'], code: 2 },
  { name: 'no target, without a proxy', args: ['-n'], code: 2 },
  { name: 'a mapping of another host', args: ['--replay-map', 'other.example=http://STAGING'], code: 1 },
  { name: 'a mapping of another port', args: ['--replay-map', '127.0.0.1:1=http://STAGING'], code: 1 },
  { name: 'the host is kept', args: [...TO, '--replay-keep-host'], code: 0, sent: 3 },
  { name: 'a redirect', args: [...TO, '~u redirect'], code: 0, sent: 1 },
  {
    name: 'a script changes the URL',
    args: [...TO, '-s', 'SCRIPT'],
    script: `export function request(flow) { ${MOVES} }`,
    code: 1,
  },
  {
    name: 'a script changes it early',
    args: [...TO, '-s', 'SCRIPT'],
    script: `export function requestHeaders(flow) { ${MOVES} }`,
    code: 1,
  },
  {
    name: 'a script changes the connection',
    args: [...TO, '-s', 'SCRIPT'],
    script:
      "export function serverConnect({ server }) { server.address = ['127.0.0.1', Number('PROD'.split(':')[1])]; }",
    code: 1,
  },
  { name: 'map_remote', args: [...TO, '--map-remote', '|http://STAGING|http://PROD'], code: 1 },
  {
    name: 'flow.replay',
    args: [...TO, '-s', 'SCRIPT'],
    script: `export async function response(flow) {
      if (flow.isReplay !== 'request' || flow.request.path !== '/one') return;
      const copy = flow.copy();
      copy.request.url = 'http://PROD/again';
      const again = await copy.replay();
      console.error('flow.replay: ' + again.error?.code);
    }`,
    code: 0,
    sent: 3,
  },
  {
    name: 'flow.replay at the start',
    args: [...TO, '-s', 'SCRIPT'],
    script: `export async function requestHeaders(flow) {
      if (flow.request.url.endsWith('/again')) return;
      const copy = flow.copy();
      copy.request.url = 'http://PROD/again';
      await copy.replay();
    }`,
    code: 0,
    sent: 3,
  },
  {
    name: 'through an upstream proxy',
    args: [...TO, ...PROXY, '-s', 'SCRIPT'],
    script: `export function request(flow) { ${MOVES} }`,
    code: 1,
  },
  {
    name: 'through an upstream proxy, while its connection opens',
    args: [...TO, ...PROXY, '-s', 'SCRIPT'],
    script: `let flow;
      export function request(current) { flow = current; }
      export function serverConnect() { ${MOVES} }`,
    code: 1,
    sent: 2,
  },
  {
    name: 'through an upstream proxy, when its connection is open',
    args: [...TO, ...PROXY, '-s', 'SCRIPT'],
    script: `let flow;
      export function request(current) { flow = current; }
      export async function serverConnected() { await 0; ${MOVES} }`,
    code: 1,
    sent: 2,
  },
  {
    name: 'through an upstream proxy, on a connection that was used before',
    args: [...TO, ...PROXY, '-s', 'SCRIPT'],
    script: `export function request(flow) { if (flow.request.path !== '/one') { ${MOVES} } }`,
    code: 1,
    sent: 1,
  },
  {
    name: 'production as upstream proxy, set by a script',
    args: [...TO, '-s', 'SCRIPT'],
    script: `export function serverConnect({ server }) {
      server.via = { scheme: 'http', address: ['127.0.0.1', Number('PROD'.split(':')[1])] };
    }`,
    code: 1,
  },
  {
    name: 'production instead of the upstream proxy, set by a script',
    args: [...TO, ...PROXY, '-s', 'SCRIPT'],
    script: `export function serverConnect({ server }) {
      server.via = { scheme: 'socks5', address: ['127.0.0.1', Number('PROD'.split(':')[1])] };
    }`,
    code: 1,
  },
  {
    name: 'at a rate',
    args: [...TO, '--replay-rate', '1000/s', '--map-remote', '|http://STAGING|http://PROD'],
    code: 1,
  },
  { name: 'with values carried over', args: [...TO, '--replay-session'], code: 0, sent: 3 },
  {
    name: 'with further attempts',
    args: [...TO, '--set', 'replay_retries=2', '--map-remote', '|http://STAGING|http://PROD'],
    code: 1,
  },
  { name: 'twice, with a redirect', args: [...TO, '--replay-count', '2', '~u redirect'], code: 0, sent: 2 },
];

for (const { name, args, script, code, sent = 0 } of CASES) {
  t.test(name, CURL, async (t) => {
    const { staging } = await servers(t);
    const filled = (text: string): string =>
      text.replaceAll('PROD', production.authority).replaceAll('STAGING', staging.authority);
    const path = script === undefined ? '' : write(join(folder(t), 'script.mjs'), filled(script));
    const ended = await replayWarm(
      capture,
      args.map((arg) => filled(arg).replace('SCRIPT', path)),
    );
    t.equal(ended.code, code, ended.stderr);
    t.same(production.received, []);
    t.equal(production.connections, 0, 'not even a connection');
    t.equal(staging.received.length, sent);
    if (name === 'flow.replay') t.match(ended.stderr, /flow\.replay: not-permitted/);
  });
}

t.test('clients of a listener go where they want', CURL, async (t) => {
  const { staging } = await servers(t);
  const args = ['-C', capture, '--replay-to', `http://${staging.authority}`, '-p', '0', '--set', 'keepserving'];
  const program = new Tsdump(t, [...args, '--set', `confdir=${join(HOME, '.tsdump')}`]);
  const port = await program.port();
  await program.logged(/Sent 3 requests/);
  t.equal((await curl(`http://127.0.0.1:${port}`, [production.url('/live')])).code, 0);
  t.same(targets(production.received), ['/live']);
  program.child.kill('SIGINT');
  t.equal((await program.ended).code, 0);
});

t.test('without --mode and --listen-port it does not listen', CURL, async (t) => {
  const taken = await RawOrigin.start(t);
  const { staging } = await servers(t);
  const ended = await run(t, ['-C', capture, '--replay-to', `http://${staging.authority}`], {
    env: { TSDUMP_LISTEN_PORT: String(taken.port) },
  });
  t.equal(ended.code, 0, ended.stderr);
  t.notMatch(ended.stderr, /listening|CA/);
});

/** The server of the recording, which must get nothing, and another one. */
async function servers(t: Test): Promise<{ staging: Origin }> {
  production.received.length = 0;
  production.connections = 0;
  const staging = await Origin.start(t, (received, response) => {
    if (received.target.includes('redirect')) response.writeHead(302, { Location: production.url('/prod') }).end();
    else mirror(received, response);
  });
  return { staging };
}

function targets(received: readonly Received[]): string[] {
  return received.map(({ target }) => target);
}
