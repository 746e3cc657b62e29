import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import t, { type Test } from 'tap';
import { runWarm } from '../cli/warm.js';
import { testAuthority } from '../engine/tls/support.js';
import { folder, write } from '../support/folder.js';
import { identity } from '../support/identity.js';
import { connectThrough } from '../support/tls-client.js';
import { Wire } from '../support/wire.js';
import { command, needs } from './support/command.js';
import { curl } from './support/curl.js';
import { mirror, Origin } from './support/origin.js';
import { Recording, readCapture } from './support/recording.js';

const CURL = needs('curl');
const upstream = testAuthority();
const trusted = write(join(folder(t), 'upstream.pem'), upstream.certificatePem);
const TRUSTING = ['--set', `ssl_verify_upstream_trusted_ca=${trusted}`];
const NAMES = ['a.test', 'www.a.test', 'b.test', 'localhost', '127.0.0.1'];
const SERVER = identity(upstream, NAMES);

/** Asks for a host of the origin. @returns whose certificate was accepted */
async function whose(recording: Recording, origin: Origin, host: string): Promise<'server' | 'proxy' | 'nobody'> {
  for (const [file, owner] of [
    [trusted, 'server'],
    [recording.ca, 'proxy'],
  ] as const) {
    const { code, stdout } = await curl(recording.url, [
      ...['--cacert', file, '--connect-to', `::${origin.authority}`],
      origin.url('/', host),
    ]);
    if (code === 0 && String(stdout) === 'GET / 0\n') return owner;
  }
  return 'nobody';
}

t.test('which certificate clients see', CURL, async (t) => {
  const origin = await Origin.start(t, mirror, { tls: SERVER });
  const cases: [args: string[], hosts: Record<string, 'server' | 'proxy'>][] = [
    [['--ignore-hosts', '*.a.test'], { 'a.test': 'proxy', 'www.a.test': 'server', 'b.test': 'proxy' }],
    [
      ['--ignore-hosts', String.raw`^a\.test`, '--ignore-hosts', 'B.TEST:'],
      { 'a.test': 'server', 'www.a.test': 'proxy', 'b.test': 'server' },
    ],
    [['--ignore-hosts', String.raw`^127\.0\.0\.1:`], { 'a.test': 'server', 'b.test': 'server' }],
    [['--allow-hosts', String.raw`a\.test`], { 'a.test': 'proxy', 'www.a.test': 'proxy', 'b.test': 'server' }],
    [
      ['--allow-hosts', String.raw`a\.test`, '--ignore-hosts', '^www'],
      { 'a.test': 'proxy', 'www.a.test': 'server', 'b.test': 'server' },
    ],
    [['--ignore-hosts', '.', '--set', 'connection_strategy=lazy'], { 'a.test': 'server', 'b.test': 'server' }],
  ];
  for (const [args, hosts] of cases) {
    const recording = await Recording.start(t, { args: [...TRUSTING, ...args] });
    for (const [host, owner] of Object.entries(hosts)) {
      t.equal(await whose(recording, origin, host), owner, `${args.join(' ')}: ${host}`);
    }
    await recording.stop(t);
    const expected = Object.entries(hosts).filter(([, owner]) => owner === 'proxy');
    const flows = (await readCapture(recording.capture)).map(({ flow }) => flow);
    t.ok(
      flows.every(({ type }) => type === 'http'),
      'ignored connections leave no flow',
    );
    const urls = flows.flatMap((flow) => (flow.type === 'http' && flow.response ? [flow.request.prettyHost] : []));
    t.same(
      urls,
      expected.map(([host]) => host),
    );
  }
});

t.test('plain HTTP in a tunnel, by its Host', CURL, async (t) => {
  const origin = await Origin.start(t, mirror);
  const recording = await Recording.start(t, { args: ['--ignore-hosts', String.raw`^hidden\.test:`] });
  for (const host of ['hidden.test', 'shown.test']) {
    const args = ['--proxytunnel', '-H', `Host: ${host}`, origin.url(`/${host}`)];
    t.equal(String((await curl(recording.url, args)).stdout), `GET /${host} 0\n`);
  }
  const plain = await curl(recording.url, ['-H', 'Host: hidden.test', origin.url('/asked')]);
  t.equal(plain.code, 0, 'a request to the proxy itself is read whatever it is for');
  t.same(
    (await recording.http(t)).map(({ flow }) => flow.request.path),
    ['/shown.test', '/asked'],
  );
});

t.test('a reverse proxy, by the Host of its clients', CURL, async (t) => {
  const origin = await Origin.start(t, mirror);
  const args = ['-m', `reverse:http://${origin.authority}`, '--allow-hosts', String.raw`^shown\.test:`];
  const recording = await Recording.start(t, { args });
  for (const host of ['hidden.test', 'shown.test']) {
    const { stdout } = await command('curl', ['-q', '-sS', '-H', `Host: ${host}`, `${recording.url}/${host}`]);
    t.equal(String(stdout), `GET /${host} 0\n`);
  }
  t.same(
    (await recording.http(t)).map(({ flow }) => flow.request.path),
    ['/shown.test'],
  );
});

t.test('show_ignored_hosts', CURL, async (t) => {
  const origin = await Origin.start(t, ({ body }, response) => response.end(body), { tls: SERVER });
  for (const pattern of ['*.a.test', '127.0.0.1']) {
    const recording = await Recording.start(t, { args: ['--ignore-hosts', pattern, '--show-ignored-hosts'] });
    const body = 'not to be recorded '.repeat(1000);
    const args = ['--cacert', trusted, '--connect-to', `::${origin.authority}`, '-d', body];
    const { stdout } = await curl(recording.url, [...args, origin.url('/', 'www.a.test')]);
    t.equal(String(stdout), body);
    const [only, ...others] = await recording.tcp(t);
    t.equal(others.length, 0);
    const { flow, messages } = only!;
    t.same(messages, []);
    const { bytes_from_client: up, bytes_from_server: down, duration, ...rest } = flow.metadata;
    t.same(rest, { ignored: true, host: 'www.a.test' });
    t.ok((up as number) > body.length && (up as number) < body.length + 5000, `${up} bytes up`);
    t.ok((down as number) > body.length && (down as number) < body.length + 5000, `${down} bytes down`);
    t.ok((duration as number) > 0);
    t.equal(flow.error, undefined);
    t.same(flow.server.peer, ['127.0.0.1', origin.port]);
    t.match(
      await recording.read(t, 1),
      /^127\.0\.0\.1:\d+ <-> ignored <-> 127\.0\.0\.1:\d+ www\.a\.test, .*k up, .*k down\n$/,
    );
  }
});

t.test('a server that speaks first, and one whose client never says a whole word', async (t) => {
  const server = createServer((socket) => {
    socket.write('220 ready\r\n');
    socket.on('data', (chunk) => socket.end(`got ${chunk}`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  for (const args of [
    ['--ignore-hosts', '127'],
    ['--allow-hosts', 'nothing'],
  ]) {
    const recording = await Recording.start(t, { args });
    const wire = await Wire.connect(recording.port);
    t.teardown(() => wire.socket.destroy());
    wire.send(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\n`);
    await wire.has('220 ready\r\n');
    wire.send('G');
    t.match(await wire.whole(), /220 ready\r\ngot G$/, args.join(' '));
    wire.end();
    await recording.stop(t);
    t.same(await readCapture(recording.capture), []);
  }
});

t.test('tcp_hosts: TLS is intercepted, what is inside is bytes', CURL, async (t) => {
  const origin = await Origin.start(t, mirror, { tls: SERVER });
  const recording = await Recording.start(t, { args: [...TRUSTING, '--tcp-hosts', String.raw`^a\.test$`] });
  t.equal(await whose(recording, origin, 'a.test'), 'proxy');
  t.equal(await whose(recording, origin, 'b.test'), 'proxy');
  await recording.stop(t);
  const flows = await readCapture(recording.capture);
  const raw = flows.filter(({ flow }) => flow.type === 'tcp');
  t.equal(raw.length, 1);
  t.match(raw[0]!.messages[0], /^> GET \/ HTTP\/1\.1\r\nHost: a\.test:/);
  t.equal(raw[0]!.flow.client.tls?.sni, 'a.test');
  t.same(
    flows.flatMap(({ flow }) => (flow.type === 'http' && flow.response ? [flow.request.prettyHost] : [])),
    ['b.test'],
  );
});

t.test('tcp_hosts: other protocols than HTTP inside TLS', async (t) => {
  const origin = await Origin.start(t, mirror, { tls: { ...SERVER, ALPNProtocols: ['mqtt'] } });
  origin.server.on('secureConnection', () => {});
  const recording = await Recording.start(t, { args: [...TRUSTING, '--tcp-hosts', 'a.test'] });
  const { socket } = await connectThrough(recording.port, `127.0.0.1:${origin.port}`);
  const ca = readFileSync(recording.ca);
  const stream = connectTls({ socket, servername: 'a.test', ca, ALPNProtocols: ['mqtt'] });
  await once(stream, 'secureConnect');
  t.equal(stream.alpnProtocol, 'mqtt', 'what the server chose');
  stream.destroy();
  await recording.stop(t);
});

t.test('clients that reject our certificate', CURL, async (t) => {
  const origin = await Origin.start(t, mirror, { tls: SERVER });
  for (const version of ['1.2', '1.3']) {
    const recording = await Recording.start(t, { args: [...TRUSTING, '--set', 'passthrough_on_reject=true'] });
    const pinned = (host: string, ca = trusted) =>
      curl(recording.url, [
        ...['--cacert', ca, '--tls-max', version, '--connect-to', `::${origin.authority}`],
        origin.url('/', host),
      ]);
    t.equal((await pinned('a.test')).code, 60, `TLS ${version}: the first is turned down`);
    await recording.program.logged(/does not trust the proxy's certificate for a\.test/);
    t.equal((await pinned('a.test')).code, 0, 'the second goes through');
    t.equal((await pinned('a.test')).code, 0, 'and those after it');
    t.equal((await pinned('b.test')).code, 60, 'another host is another matter');
    t.equal((await pinned('www.a.test', recording.ca)).code, 0, 'who trusts us is recorded');
    const flows = await recording.http(t);
    t.same(
      flows.flatMap(({ flow }) => (flow.response ? [flow.request.prettyHost] : [])),
      ['www.a.test'],
    );
  }
  const recording = await Recording.start(t, { args: TRUSTING });
  const args = ['--cacert', trusted, '--connect-to', `::${origin.authority}`, origin.url('/', 'a.test')];
  for (let count = 0; count < 3; count++)
    t.equal((await curl(recording.url, args)).code, 60, 'only if it is asked for');
  await recording.stop(t);
});

/** A client that looks at the certificate when the handshake is over, and closes without a word. */
async function silentClient(t: Test, recording: Recording, origin: Origin): Promise<boolean> {
  const { socket } = await connectThrough(recording.port, `127.0.0.1:${origin.port}`);
  const stream = connectTls({ socket, servername: 'a.test', ca: upstream.certificatePem });
  t.teardown(() => stream.destroy());
  return new Promise((resolve) => {
    stream.on('secureConnect', () => {
      resolve(true);
      stream.end();
    });
    stream.on('error', () => resolve(false));
  });
}

t.test('clients that close without a word, the second time', async (t) => {
  const origin = await Origin.start(t, mirror, { tls: SERVER });
  const recording = await Recording.start(t, { args: [...TRUSTING, '--set', 'passthrough_on_reject=true'] });
  for (const [count, expected] of [false, false, true].entries()) {
    t.equal(await silentClient(t, recording, origin), expected, `connection ${count + 1}`);
    if (!expected) {
      const line = `(closed the connection for a\\.test[^]*){${count + 1}}`;
      await recording.program.logged(new RegExp(line));
    }
  }
  await recording.stop(t);
});

t.test('connections that were opened ahead and not used are not a rejection', CURL, async (t) => {
  const origin = await Origin.start(t, mirror, { tls: SERVER });
  const recording = await Recording.start(t, { args: [...TRUSTING, '--set', 'passthrough_on_reject=true'] });
  const ca = readFileSync(recording.ca);
  const open = async (): Promise<TLSSocket> => {
    const { socket } = await connectThrough(recording.port, `127.0.0.1:${origin.port}`);
    const stream = connectTls({ socket, servername: 'a.test', ca });
    stream.on('error', () => {});
    await once(stream, 'secureConnect');
    return stream;
  };
  for (let round = 0; round < 3; round++) {
    const [used, ...unused] = [await open(), await open(), await open()];
    used!.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n');
    await once(used!, 'readable');
    for (const stream of [...unused, used!]) {
      stream.destroy();
      await once(stream, 'close');
    }
  }
  const args = ['--cacert', recording.ca, '--connect-to', `::${origin.authority}`];
  t.equal((await curl(recording.url, [...args, origin.url('/', 'a.test')])).code, 0, 'still intercepted');
  const { stderr } = await recording.stop(t);
  t.notMatch(stderr, /Not intercepted|may not trust/);
});

t.test('wrong usage', async (t) => {
  for (const flag of ['--ignore-hosts', '--allow-hosts', '--tcp-hosts']) {
    const { code, stderr } = await runWarm(['-p', '0', flag, 'fine', flag, '(']);
    t.equal(code, 2);
    t.match(stderr, new RegExp(`^tsdump: ${flag}: "\\(" is not a regex: .* at character \\d`));
  }
});
