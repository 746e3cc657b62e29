import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runWarm } from '../cli/warm.js';
import { testAuthority } from '../engine/tls/support.js';
import { folder, write } from '../support/folder.js';
import { identity } from '../support/identity.js';
import { RawOrigin } from '../support/raw-origin.js';
import { Wire } from '../support/wire.js';
import { command, needs } from './support/command.js';
import { curl } from './support/curl.js';
import { CLIENT, type Host, Network, needsNetwork, PROXY, SERVER } from './support/network.js';
import { startServers } from './support/network-servers.js';
import { mirror, Origin } from './support/origin.js';
import { needsPython, python } from './support/python.js';
import { Recording } from './support/recording.js';

const CURL = needs('curl');
const upstream = testAuthority();
const trusted = write(join(folder(t), 'upstream.pem'), upstream.certificatePem);
const TRUSTING = ['--set', `ssl_verify_upstream_trusted_ca=${trusted}`];
const AUTHORIZATION = /authorization/i;

t.test('a user and a password, over HTTP and HTTPS', CURL, async (t) => {
  const plain = await Origin.start(t, mirror);
  const secure = await Origin.start(t, mirror, { tls: identity(upstream, ['localhost']) });
  const recording = await Recording.start(t, { args: [...TRUSTING, '--proxyauth', 'ada:s3cret-word'] });
  const urls = [plain.url('/'), secure.url('/', 'localhost')];
  const cases: [args: string[], status: string][] = [
    [[], '407'],
    [['--proxy-user', 'ada:wr0ng-word'], '407'],
    [['--proxy-user', 'eve:s3cret-word'], '407'],
    [['--proxy-user', 'ada:s3cret-word'], '200'],
    [['--proxy-user', 'ada:s3cret-word', '--proxy-anyauth'], '200'],
    [['--proxy-user', 'ada:s3cret-word', '--user', 'for:the-server'], '200'],
  ];
  for (const url of urls) {
    for (const [args, status] of cases) {
      const format = ['-o', '/dev/null', '-w', '%{http_connect} %{http_code}', '--cacert', recording.ca];
      const { stdout } = await curl(recording.url, [...format, ...args, url]);
      t.ok(String(stdout).includes(status), `${url} ${args.join(' ')}`, { stdout: String(stdout) });
    }
  }
  const post = await curl(recording.url, ['--proxy-user', 'ada:s3cret-word', '--proxy-anyauth', '-d', 'x=1', urls[0]!]);
  t.equal(String(post.stdout), 'POST / 3\n', 'a body goes with the second try');
  for (const { received } of [plain, secure]) {
    t.ok(received.length >= 3);
    const fields = received.flatMap(({ headers }) => headers).filter((field) => AUTHORIZATION.test(field));
    t.same(fields, [`Authorization: Basic ${Buffer.from('for:the-server').toString('base64')}`]);
  }
  const ended = await recording.stop(t);
  t.match(ended.stderr, /wrong credentials/);
  const capture = readFileSync(recording.capture, 'latin1');
  const said = String(ended.stdout) + ended.stderr + capture;
  for (const secret of ['s3cret-word', 'wr0ng-word', ...['ada:s3cret-word', 'ada:wr0ng-word'].map(base64)]) {
    t.notOk(said.includes(secret), `${secret} is neither shown nor recorded`);
  }
});

t.test('htpasswd', { ...CURL, ...needs('openssl') }, async (t) => {
  const apr1 = await command('openssl', ['passwd', '-apr1', 'of eve']);
  const lines = [
    '# htpasswd -nbB -C 5 bob "pa:ss wörd"',
    'bob:$2y$05$JQPR3GM0rmWTYlh6Tpbhcup4g1iRWWl0PDK8dgYEmo0YnGVOXmRcm',
    'sam:{SHA}EfatjsUqKYSrqv18O1FlA3hcIHI=',
    `eve:${String(apr1.stdout)}`,
  ];
  const file = write(join(folder(t), 'users'), `${lines.join('\n')}\n`);
  const origin = await Origin.start(t, mirror);
  const recording = await Recording.start(t, { args: ['--proxyauth', `@${file}`] });
  const cases: [user: string, status: string][] = [
    ['bob:pa:ss wörd', '200'],
    ['bob:pa:ss word', '407'],
    ['sam:x', '200'],
    ['sam:y', '407'],
    ['eve:of eve', '200'],
    ['bob:pa:ss wörd', '200'],
    ['eve:', '407'],
  ];
  for (const [user, status] of cases) {
    const args = ['-o', '/dev/null', '-w', '%{http_code}', '--proxy-user', user, origin.url('/')];
    t.equal(String((await curl(recording.url, args)).stdout), status, user);
  }
  await recording.stop(t);
});

t.test('SOCKS5: the handshake admits the connection', CURL, async (t) => {
  const origin = await Origin.start(t, mirror);
  const recording = await Recording.start(t, { args: ['-m', 'socks5', '--proxyauth', 'ada:s3cret-word'] });
  const through = (user: string) =>
    curl(`socks5h://${user}127.0.0.1:${recording.port}`, ['--user', 'for:the-server', origin.url('/')]);
  t.equal(String((await through('ada:s3cret-word@')).stdout), 'GET / 0\n');
  t.not((await through('ada:wr0ng@')).code, 0, 'wrong ones are refused in the handshake');
  t.not((await through('')).code, 0, 'and so is a client without');
  t.equal(origin.received.length, 1);
  t.ok(origin.received[0]!.headers.includes(`Authorization: Basic ${base64('for:the-server')}`));
  await recording.stop(t);
});

t.test('a reverse proxy asks in the name of its server', CURL, async (t) => {
  const origin = await Origin.start(t, mirror);
  const mode = `reverse:http://${origin.authority}`;
  const recording = await Recording.start(t, { args: ['-m', mode, '--proxyauth', 'ada:s3cret-word'] });
  const ask = async (...args: string[]) => {
    const status = ['-o', '/dev/null', '-w', '%{http_code}'];
    return String((await command('curl', ['-q', '-sS', ...status, ...args, `${recording.url}/x`])).stdout);
  };
  t.equal(await ask(), '401');
  t.equal(await ask('--user', 'ada:wr0ng-word'), '401');
  t.equal(await ask('--proxy-header', 'X: y', '--user', 'ada:s3cret-word'), '200');
  t.equal(await ask('--anyauth', '--user', 'ada:s3cret-word'), '200');
  for (const { headers } of origin.received) t.notOk(headers.some((field) => AUTHORIZATION.test(field)));
  await recording.stop(t);
  const capture = readFileSync(recording.capture, 'latin1');
  for (const secret of ['ada:s3cret-word', 'ada:wr0ng-word'].map(base64)) t.notOk(capture.includes(secret));
});

t.test('connections that cannot be authenticated are closed', async (t) => {
  const server = await RawOrigin.start(t, (wire) => wire.send('220 secret\r\n'));
  const mode = `reverse:tcp://${server.authority}`;
  const recording = await Recording.start(t, { args: ['-m', mode, '--proxyauth', 'any'] });
  const wire = await Wire.connect(recording.port);
  t.teardown(() => wire.socket.destroy());
  t.equal(await wire.whole(), '');
  t.match((await recording.stop(t)).stderr, /Closed: authentication is required/);
});

t.test('requests: any user and password', needsPython('requests'), async (t) => {
  const script = `
import json, requests, sys
port, url = sys.argv[1:]
answers = []
for user in ['', 'any:one@', 'p%40t:w%3Ard@']:
    session = requests.Session()
    session.trust_env = False
    session.proxies = {'http': f'http://{user}127.0.0.1:{port}'}
    for _ in range(2):
        answers.append(session.get(url).status_code)
print(json.dumps(answers))
`;
  const origin = await Origin.start(t, mirror);
  const recording = await Recording.start(t, { args: ['--proxyauth', 'any'] });
  t.same(await python(script, [String(recording.port), origin.url('/')]), [407, 407, 200, 200, 200, 200]);
  await recording.stop(t);
});

t.test('blocking by address', needsNetwork('curl', 'setpriv'), async (t) => {
  const network = await Network.create(t);
  const internet = '192.88.99.9';
  await network.script('client', `ip addr add ${internet}/32 dev eth0`);
  await network.script('proxy', `ip route add ${internet}/32 via ${CLIENT.v4}`);
  const trusting = ['--set', `ssl_verify_upstream_trusted_ca=${await startServers(t, network)}`];
  const url = `http://${SERVER.v4}/x`;
  for (const [option, from, proxy] of [
    ['block_private', CLIENT.v4, PROXY.v4],
    ['block_private', CLIENT.v6, `[${PROXY.v6}]`],
    ['block_global', internet, PROXY.v4],
  ] as const) {
    for (const isSet of [true, false]) {
      const recording = await Recording.start(t, {
        args: [...trusting, '--listen-host', '', '--set', `${option}=${isSet}`],
        shell: network.shell('proxy'),
      });
      const ask = (host: Host, at: string, ...args: string[]) =>
        network.run(host, 'curl', ['-q', '-sS', '-m', '50', '-x', `http://${at}:${recording.port}`, ...args, url]);
      const { code } = await ask('client', proxy, '--interface', from);
      t.equal(code !== 0, isSet, `${option}=${isSet}, ${from}: curl ends with ${code}`);
      t.equal((await ask('proxy', '127.0.0.1')).code, 0, 'this machine may always come');
      const { stderr } = await recording.stop(t);
      t.equal(stderr.includes(`closed: ${option} is set.`), isSet, stderr);
    }
  }
});

t.test('block_list', CURL, async (t) => {
  const origin = await Origin.start(t, mirror);
  const lists = ['/~u ads/404', '|~u /track/|444'].flatMap((spec) => ['--set', `block_list=${spec}`]);
  const recording = await Recording.start(t, { args: lists });
  const status = async (path: string): Promise<string> =>
    String((await curl(recording.url, ['-o', '/dev/null', '-w', '%{http_code}', origin.url(path)])).stdout);
  t.equal(await status('/ads.js'), '404');
  t.equal(await status('/track/me'), '000');
  t.equal(await status('/page'), '200');
  t.equal(origin.received.length, 1);
  const flows = await recording.http(t);
  t.same(
    flows.map(({ flow }) => [flow.response?.statusCode, flow.metadata.blocklisted, flow.error?.message]),
    [
      [404, true, undefined],
      [undefined, true, 'Connection killed.'],
      [200, undefined, undefined],
    ],
  );
});

t.test('wrong usage', async (t) => {
  const users = write(join(folder(t), 'users'), 'sam:x\n');
  const cases: [args: string[], message: string][] = [
    [['--proxyauth', 'nobody'], '--proxyauth: expected USER:PASSWORD, any, or @FILE for an htpasswd file'],
    [['--proxyauth', '@/nowhere'], '--proxyauth: /nowhere cannot be read: no such file or directory (ENOENT)'],
    [['--set', `proxyauth=@${users}`], `${users}:1: unsupported password hash`],
    [['--proxyauth', 'ldap:localhost:dn:word:tree'], '--proxyauth: LDAP is not supported'],
    [['--set', 'block_list=/~u x'], 'cannot read "/~u x": expected /FILTER/STATUS'],
    [['--set', 'block_list=/~nope/404'], 'cannot read "/~nope/404": Invalid filter expression, column 1'],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await runWarm(['-p', '0', ...args]);
    t.equal(code, 2, args.join(' '));
    t.ok(stderr.includes(message), message, { stderr });
  }
});

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
