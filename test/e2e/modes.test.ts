import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { formatHostPort } from '../../src/flow/http/authority.js';
import { runWarm } from '../cli/warm.js';
import { testAuthority } from '../engine/tls/support.js';
import { folder, write } from '../support/folder.js';
import { identity } from '../support/identity.js';
import { OTHER_LOOPBACK } from '../support/ipv6.js';
import { RawOrigin } from '../support/raw-origin.js';
import { Wire } from '../support/wire.js';
import { command, needs } from './support/command.js';
import { startMitmdump } from './support/mitmdump.js';
import { mirror, Origin } from './support/origin.js';
import { patterned } from './support/patterned.js';
import { needsPython, python } from './support/python.js';
import { Recording } from './support/recording.js';

const CURL = needs('curl');
const upstream = testAuthority();
const trusted = write(join(folder(t), 'upstream.pem'), upstream.certificatePem);
const trusting = (path: string) => ['--set', `ssl_verify_upstream_trusted_ca=${path}`];
/** The folder of parents: their authority is another one. */
const PARENT = folder(t);
const LOCALHOST = identity(upstream, ['localhost', '127.0.0.1', '::1']);

/** Runs curl without the settings of the user. @returns what it printed, or how it failed */
async function curl(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await command('curl', ['-q', '-sS', '--max-time', '50', '--noproxy', '', ...args]);
  return code === 0 ? String(stdout) : `curl ${code}: ${stderr}`;
}

/** A file with the usual authority and another. */
function bundle(t: Test, other: string): string {
  return write(join(folder(t), 'both.pem'), `${upstream.certificatePem}${readFileSync(other)}`);
}

/** tsdump in one mode, and servers with and without TLS. */
async function setup(t: Test, mode: string, args: readonly string[] = [], trust = trusted) {
  const plain = await Origin.start(t, mirror);
  const secure = await Origin.start(t, mirror, { tls: LOCALHOST });
  const recording = await Recording.start(t, { args: ['-m', mode, ...trusting(trust), ...args] });
  return { plain, secure, recording };
}

t.test('SOCKS 5', CURL, async (t) => {
  await t.test('addresses, names, HTTP and HTTPS, connections kept', async (t) => {
    const { plain, secure, recording } = await setup(t, 'socks5');
    const six = await Origin.start(t, mirror, { host: OTHER_LOOPBACK });
    const proxy = `127.0.0.1:${recording.port}`;
    const urls = [plain.url('/1'), plain.url('/2'), plain.url('/3', 'localhost'), six.url('/4')];
    // Some versions of curl try only the first address of a name.
    const known = [plain, secure].flatMap(({ port }) => ['--resolve', `localhost:${port}:127.0.0.1`]);
    t.equal(await curl('--socks5', proxy, ...known, ...urls), 'GET /1 0\nGET /2 0\nGET /3 0\nGET /4 0\n');
    t.equal(plain.connections, 2, 'one for each name');
    for (const way of ['--socks5', '--socks5-hostname', '--preproxy']) {
      const value = way === '--preproxy' ? `socks5h://${proxy}` : proxy;
      const args = [way, value, ...known, '--cacert', recording.ca, secure.url('/5', 'localhost')];
      t.equal(await curl(...args), 'GET /5 0\n', way);
    }
    const flows = await recording.http(t);
    const resolved = [...urls.slice(0, 2), plain.url('/3'), urls[3]!];
    t.same(
      flows.map(({ flow }) => flow.request.url),
      [...resolved, secure.url('/5'), secure.url('/5', 'localhost'), secure.url('/5', 'localhost')],
      'where the client resolves names, the address is what is known',
    );
    t.equal(flows[4]!.flow.server.tls?.sni, 'localhost');
    t.same([...new Set(flows.map(({ flow }) => flow.client.mode))], ['socks5']);
  });

  await t.test('a user and a password', async (t) => {
    const { plain, recording } = await setup(t, 'socks5', ['--proxyauth', 'ada:se:cret']);
    const proxy = `socks5h://127.0.0.1:${recording.port}`;
    t.equal(await curl('-x', proxy, '--proxy-user', 'ada:se:cret', plain.url('/in')), 'GET /in 0\n');
    t.match(await curl('-x', proxy, '--proxy-user', 'ada:wrong', plain.url('/')), /^curl \d+: /);
    t.match(await curl('-x', proxy, plain.url('/')), /^curl \d+: /);
    t.equal(plain.received.length, 1);
    const { stderr } = await recording.stop(t);
    t.notMatch(stderr + readFileSync(recording.capture, 'latin1'), /se:cret|wrong"/);
  });

  await t.test('unreachable servers', async (t) => {
    const { recording } = await setup(t, 'socks5');
    const gone = await RawOrigin.start(t);
    gone.close();
    const proxy = `127.0.0.1:${recording.port}`;
    t.match(await curl('--socks5-hostname', proxy, `http://${gone.authority}/`), /^curl \d+: .*\(5\)/);
    t.match(await curl('--socks5-hostname', proxy, 'http://no-such-name.invalid/'), /^curl \d+: .*\(4\)/);
  });

  await t.test('python3-requests', needsPython('requests', 'socks'), async (t) => {
    const { secure, recording } = await setup(t, 'socks5');
    const script = `
import json, requests, sys
proxy, ca, url = sys.argv[1:]
session = requests.Session()
session.trust_env = False
session.proxies = {'http': proxy, 'https': proxy}
session.verify = ca
print(json.dumps([session.post(url, data=b'x' * 100000).text for _ in range(2)]))`;
    const proxy = `socks5h://127.0.0.1:${recording.port}`;
    const answers = await python(script, [proxy, recording.ca, secure.url('/py', 'localhost')]);
    t.same(answers, ['POST /py 100000\n', 'POST /py 100000\n']);
    t.equal(secure.connections, 1);
  });
});

t.test('reverse', CURL, async (t) => {
  await t.test('to HTTP and to HTTPS, from clients with TLS and without', async (t) => {
    const plain = await Origin.start(t, mirror);
    const secure = await Origin.start(t, mirror, { tls: LOCALHOST });
    for (const origin of [plain, secure]) {
      const target = origin.url('', 'localhost');
      const recording = await Recording.start(t, { args: ['-m', `reverse:${target}`, ...trusting(trusted)] });
      const { port } = recording;
      const urls = ['/a', '/b?c=d'].map((path) => `http://127.0.0.1:${port}${path}`);
      t.equal(await curl(...urls), 'GET /a 0\nGET /b?c=d 0\n', target);
      for (const host of ['127.0.0.1', 'localhost', 'front.example']) {
        const resolve = ['--connect-to', `::127.0.0.1:${port}`];
        const url = `https://${host}:${port}/tls`;
        t.equal(await curl('--cacert', recording.ca, ...resolve, url), 'GET /tls 0\n', `${url} to ${target}`);
      }
      t.same(
        [...new Set(origin.received.map(({ headers }) => headers.find((line) => /^host:/i.test(line))))],
        [`Host: localhost:${origin.port}`],
      );
      const flows = await recording.http(t);
      t.same(
        flows.map(({ flow }) => flow.request.url),
        ['/a', '/b?c=d', '/tls', '/tls', '/tls'].map((path) => target + path),
      );
    }
  });

  await t.test('large bodies both ways', async (t) => {
    const body = patterned(20 * 1024 * 1024);
    const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    const origin = await Origin.start(t, ({ body: received }, response) => response.end(received), { tls: LOCALHOST });
    const recording = await Recording.start(t, {
      args: ['-m', `reverse:${origin.url('', 'localhost')}`, ...trusting(trusted)],
    });
    const file = write(join(folder(t), 'body'), body);
    const args = ['-q', '-sS', '--data-binary', `@${file}`, '-H', 'Expect:', `http://127.0.0.1:${recording.port}/`];
    const { stdout } = await command('curl', args);
    t.equal(hash(stdout), hash(body));
    const [flow] = await recording.http(t);
    t.equal(hash(flow!.requestBody), hash(body));
    t.equal(hash(flow!.responseBody), hash(body));
  });

  await t.test('Alt-Svc leads nowhere else', async (t) => {
    const origin = await Origin.start(t, (_, response) => {
      response.setHeader('Alt-Svc', 'h3=":443"; ma=86400');
      response.end();
    });
    for (const [args, expected] of [
      [[], ''],
      [['--set', 'keep_alt_svc_header=true'], '443'],
    ] as const) {
      const recording = await Recording.start(t, { args: ['-m', `reverse:${origin.url('')}`, ...args] });
      const head = await curl('-i', `http://127.0.0.1:${recording.port}/`);
      t.match(head, new RegExp(`Alt-Svc: h3=":${expected || recording.port}"; ma=86400`, 'i'));
    }
  });

  await t.test('TCP and TLS', async (t) => {
    const greeting = await RawOrigin.start(t, async (wire) => {
      wire.send('220 hello\r\n');
      await wire.has('QUIT\r\n');
      wire.end('221 bye\r\n');
    });
    const secure = await Origin.start(t, mirror, { tls: LOCALHOST });
    const recording = await Recording.start(t, {
      args: [
        '-m',
        `reverse:tcp://${greeting.authority}@0`,
        '-m',
        `reverse:tls://localhost:${secure.port}@0`,
        ...trusting(trusted),
      ],
    });
    const [, tls] = await recording.program.logged(/to tls:\S+ listening at \S+:(\d+)\./);
    const client = await Wire.connect(recording.port);
    await client.has('220 hello\r\n');
    client.end('QUIT\r\n');
    t.equal(await client.whole(), '220 hello\r\n221 bye\r\n');
    t.equal(await curl(`http://127.0.0.1:${tls}/plain`), 'GET /plain 0\n');
    t.equal(await curl('--cacert', recording.ca, `https://localhost:${tls}/tls`), 'GET /tls 0\n');
    const flows = await recording.tcp(t);
    t.same(flows[0]!.messages, ['< 220 hello\r\n', '> QUIT\r\n', '< 221 bye\r\n']);
    t.equal(flows.length, 3);
    t.match(flows[2]!.messages.join(''), /> GET \/tls HTTP\/1\.1/);
  });
});

t.test('upstream: a chain of two', CURL, async (t) => {
  /** What a client gets through both, and whether each has recorded it. */
  const check = async (t: Test, scheme: string, parentMode: string, ...parentArgs: string[]) => {
    const parent = await Recording.start(t, {
      confdir: PARENT,
      args: ['-m', parentMode, ...trusting(trusted), ...parentArgs],
    });
    const both = bundle(t, parent.ca);
    const user = parentArgs.includes('--proxyauth') ? 'mallory:sw0rdfish@' : '';
    const via = `${scheme}://${user}127.0.0.1:${parent.port}`;
    const { plain, secure, recording } = await setup(t, `upstream:${via}`, [], both);
    const args = ['-x', recording.url, '--cacert', recording.ca];
    const urls = [plain.url('/1'), plain.url('/2'), secure.url('/3', 'localhost')];
    t.equal(await curl(...args, ...urls), 'GET /1 0\nGET /2 0\nGET /3 0\n');
    t.equal(await curl(...args, '-p', plain.url('/4')), 'GET /4 0\n');
    t.equal(plain.connections, 2, 'connections are kept');
    const all = [...urls, plain.url('/4')];
    for (const program of [recording, parent]) {
      const flows = await program.http(t);
      t.same(
        flows.map(({ flow }) => flow.request.url),
        all,
        program === parent ? 'the parent' : 'the child',
      );
      if (program === parent) continue;
      for (const { flow } of flows) t.same(flow.server.via, { scheme, address: ['127.0.0.1', parent.port] });
      t.notMatch(readFileSync(program.capture, 'latin1'), /mallory|sw0rdfish/, 'credentials are not recorded');
    }
  };
  await t.test('HTTP', (t) => check(t, 'http', 'regular'));
  await t.test('HTTP with a password', (t) => check(t, 'http', 'regular', '--proxyauth', 'mallory:sw0rdfish'));
  await t.test('HTTPS', (t) => check(t, 'https', 'regular', '--proxyauth', 'mallory:sw0rdfish'));
  await t.test('SOCKS 5', (t) => check(t, 'socks5', 'socks5'));
  await t.test('SOCKS 5 with a password', (t) => check(t, 'socks5', 'socks5', '--proxyauth', 'mallory:sw0rdfish'));

  await t.test('credentials that are wrong', async (t) => {
    const parent = await Recording.start(t, { args: ['--proxyauth', 'mallory:sw0rdfish'] });
    const { plain, secure, recording } = await setup(t, `upstream:${parent.url}`, ['--upstream-auth', 'ada:wrong']);
    const answer = await curl('-x', recording.url, '-w', '%{http_code}', plain.url('/'));
    t.match(answer, /The upstream proxy \S+ refused the request: 407 Proxy Authentication Required\..*502$/s);
    t.match(await curl('-x', recording.url, secure.url('/', 'localhost')), /^curl \d+: .*502/);
    const { stderr } = await recording.stop(t);
    t.match(
      stderr + (await recording.read(t, 1)),
      /refused CONNECT to localhost:\d+: 407 Proxy Authentication Required/,
    );
    t.equal(plain.received.length, 0);
  });

  await t.test('a parent whose certificate is not trusted', async (t) => {
    const parent = await Recording.start(t);
    const { plain, secure, recording } = await setup(t, `upstream:https://127.0.0.1:${parent.port}`);
    const reason = /No TLS with the upstream proxy 127\.0\.0\.1:\d+: Certificate verify failed for 127\.0\.0\.1: /;
    t.match(await curl('-x', recording.url, plain.url('/')), reason);
    t.match(await curl('-x', recording.url, secure.url('/', 'localhost')), /^curl \d+: .*502/);
    t.match(await recording.read(t, 1), reason);
    t.equal(plain.received.length, 0);
  });

  await t.test('a proxy that is spoken TLS with', async (t) => {
    const parent = await Recording.start(t, { args: trusting(trusted) });
    const { secure, recording } = await setup(t, `upstream:${parent.url}`, [], parent.ca);
    const args = [
      '-x',
      `https://localhost:${recording.port}`,
      '--proxy-cacert',
      recording.ca,
      '--cacert',
      recording.ca,
    ];
    t.equal(await curl(...args, secure.url('/', 'localhost')), 'GET / 0\n');
  });
});

t.test('a client that talks to another proxy through tsdump', needs('curl'), async (t) => {
  const other = await Recording.start(t, {
    confdir: PARENT,
    args: ['--proxyauth', 'ada:s3cret', ...trusting(trusted)],
  });
  const { plain, secure, recording } = await setup(t, 'socks5', [], bundle(t, other.ca));
  const urls = [plain.url('/1'), secure.url('/2', 'localhost')];
  for (const preproxy of [`socks5://127.0.0.1:${recording.port}`, `socks5h://127.0.0.1:${recording.port}`]) {
    const args = ['--preproxy', preproxy, '-x', other.url, '--cacert', recording.ca];
    t.equal(await curl(...args, '--proxy-user', 'ada:s3cret', ...urls), 'GET /1 0\nGET /2 0\n');
    t.equal(await curl(...args, '--proxy-user', 'ada:s3cret', '--proxy-anyauth', ...urls), 'GET /1 0\nGET /2 0\n');
    t.match(await curl(...args, '-w', '%{http_code}', urls[0]!), /407$/);
    t.match(await curl(...args, urls[1]!), /^curl \d+: .*407/);
  }
  const flows = await recording.http(t);
  const tunnelled = flows.filter(({ flow }) => flow.request.path === '/2');
  t.equal(tunnelled.length, 4);
  for (const { flow } of tunnelled) {
    t.match(flow.server, { address: ['localhost', secure.port], via: { address: ['127.0.0.1', other.port] } });
  }
});

t.test('mitmdump', needs('mitmdump', 'curl'), async (t) => {
  await t.test('as the parent', async (t) => {
    const parent = await startMitmdump(t, [
      '--proxyauth',
      'mallory:sw0rdfish',
      '--set',
      `ssl_verify_upstream_trusted_ca=${trusted}`,
    ]);
    for (const [mode, ...args] of [
      [`upstream:http://mallory:sw0rdfish@127.0.0.1:${parent.port}`],
      [`upstream:http://127.0.0.1:${parent.port}`, '--upstream-auth', 'mallory:sw0rdfish'],
    ] as const) {
      const { plain, secure, recording } = await setup(t, mode, args, parent.ca);
      const through = ['-x', recording.url, '--cacert', recording.ca];
      t.equal(await curl(...through, plain.url('/1'), plain.url('/2')), 'GET /1 0\nGET /2 0\n');
      t.equal(await curl(...through, secure.url('/3', 'localhost')), 'GET /3 0\n');
    }
  });
  await t.test('as the parent, by SOCKS', async (t) => {
    const parent = await startMitmdump(t, ['--mode', 'socks5', '--set', `ssl_verify_upstream_trusted_ca=${trusted}`]);
    const { plain, secure, recording } = await setup(t, `upstream:socks5://127.0.0.1:${parent.port}`, [], parent.ca);
    const through = ['-x', recording.url, '--cacert', recording.ca];
    t.equal(await curl(...through, plain.url('/1')), 'GET /1 0\n');
    t.equal(await curl(...through, secure.url('/2', 'localhost')), 'GET /2 0\n');
  });
  await t.test('as the child', async (t) => {
    const { plain, secure, recording } = await setup(t, 'regular', ['--proxyauth', 'mallory:sw0rdfish']);
    const child = await startMitmdump(t, [
      ...['--mode', `upstream:${recording.url}`, '--upstream-auth', 'mallory:sw0rdfish'],
      ...['--set', `ssl_verify_upstream_trusted_ca=${recording.ca}`],
    ]);
    const through = ['-x', `http://127.0.0.1:${child.port}`, '--cacert', child.ca];
    t.equal(await curl(...through, plain.url('/1'), plain.url('/2')), 'GET /1 0\nGET /2 0\n');
    t.equal(await curl(...through, secure.url('/3', 'localhost')), 'GET /3 0\n');
    const flows = await recording.http(t);
    t.same(
      flows.map(({ flow }) => flow.request.url),
      [plain.url('/1'), plain.url('/2'), secure.url('/3', 'localhost')],
    );
  });
});

t.test('several modes at once', CURL, async (t) => {
  const origin = await Origin.start(t, mirror);
  const other = formatHostPort(OTHER_LOOPBACK, 0);
  const recording = await Recording.start(t, {
    args: ['-m', 'regular@0', '-m', `SOCKS5@${other}`, '-m', `reverse:${origin.url('')}@127.0.0.2:0`],
  });
  const { program } = recording;
  const [, regular] = await program.logged(/HTTP\(S\) proxy listening at 127\.0\.0\.1:(\d+)\.\n/);
  const [, socks] = await program.logged(/SOCKS v5 proxy listening at \S+:(\d+)\.\n/);
  const [, reverse] = await program.logged(/reverse proxy to http:\S+ listening at 127\.0\.0\.2:(\d+)\.\n/);
  t.equal(await curl('-x', `http://127.0.0.1:${regular}`, origin.url('/1')), 'GET /1 0\n');
  t.equal(
    await curl('-x', `socks5h://${formatHostPort(OTHER_LOOPBACK, Number(socks))}`, origin.url('/2')),
    'GET /2 0\n',
  );
  t.equal(await curl(`http://127.0.0.2:${reverse}/3`), 'GET /3 0\n');
  const flows = await recording.http(t);
  t.same(
    flows.map(({ flow }) => `${flow.client.mode} ${flow.request.path}`),
    ['regular@0 /1', `SOCKS5@${other} /2`, `reverse:${origin.url('')}@127.0.0.2:0 /3`],
  );
});

t.test('modes that cannot be', async (t) => {
  const cases: [args: string[], code: number, message: RegExp][] = [
    [
      ['-m', 'regular', '-m', 'reverse:a'],
      2,
      /^tsdump: The modes "regular" and "reverse:a" cannot both listen at 127\.0\.0\.1:8080\. /,
    ],
    [['-m', 'dns'], 2, /^tsdump: --mode: Mode "dns": not supported: tsdump answers no DNS queries/],
    [['-m', 'reverse:tcp://a'], 2, /column 15: "a": tcp needs a port/],
    [['-m', 'socks5@192.0.2.1:0'], 3, /SOCKS v5 proxy failed to listen on 192\.0\.2\.1:0: address not available/],
    [['--set', 'no_proxy=10.0.0.0/99'], 2, /"10\.0\.0\.0\/99" is not a name, an address, a network/],
    [['--upstream-auth', 'ada'], 2, /--upstream-auth: expected USER:PASSWORD/],
  ];
  for (const [args, code, message] of cases) {
    const ended = await runWarm(args);
    t.equal(ended.code, code, args.join(' '));
    t.match(ended.stderr, message);
  }
});
