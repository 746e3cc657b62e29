import { readFileSync } from 'node:fs';
import t from 'tap';
import { needsFirewall } from './support/firewall.js';
import { SERVER } from './support/network.js';
import { GREETING, PORTS } from './support/network-servers.js';
import { Recording } from './support/recording.js';
import { startTransparent } from './support/transparent.js';
import { UnawareClient } from './support/unaware-client.js';

const NEEDS = needsFirewall('REDIRECT by iptables', 'curl', 'openssl', 'setpriv');
const SECRET = 'ada:s3cret-word';

t.test('proxyauth: clients are challenged in the name of the server', NEEDS, async (t) => {
  const { network, recording } = await startTransparent(t, 'Router, iptables', ['--proxyauth', SECRET]);
  const client = new UnawareClient(network, 'client', recording.ca);
  for (const address of [SERVER.v4, SERVER.v6]) {
    const host = address.includes(':') ? `[${address}]` : address;
    for (const url of [`http://${host}/x`, 'https://one.example/x']) {
      const status = async (...args: string[]): Promise<string> => {
        const resolve = ['--resolve', `one.example:443:${host}`];
        const { stdout } = await client.curl(...resolve, '-o', '/dev/null', '-w', '%{http_code}', ...args, url);
        return String(stdout);
      };
      t.equal(await status(), '401', url);
      t.equal(await status('--user', 'ada:wr0ng-word'), '401', url);
      t.equal(await status('--user', SECRET), '200', url);
      t.equal(await status('--user', SECRET, '--anyauth'), '200', url);
    }
    const greeter = await client.tcp(address, PORTS.greeter, '');
    t.equal(String(greeter.stdout), '', 'what is not HTTP cannot be asked, and is closed');
  }
  const flows = await recording.http(t);
  const answered = (status: number) => flows.filter(({ flow }) => flow.response?.statusCode === status).length;
  t.same([flows.length, answered(401), answered(200)], [20, 12, 8]);
  t.notOk(
    flows.some(({ flow }) => flow.request.headers.has('authorization')),
    'nothing of it is for the server',
  );
  const capture = readFileSync(recording.capture, 'latin1');
  for (const secret of [SECRET, 'ada:wr0ng-word']) {
    t.notOk(capture.includes(base64(secret)), 'nor for the capture');
  }
});

t.test('clients that use a proxy of their own', NEEDS, async (t) => {
  for (const more of [[], ['--proxyauth', SECRET]]) {
    const { network, recording, trusted } = await startTransparent(t, 'Router, iptables', [...more, '-k']);
    const other = await Recording.start(t, {
      args: ['--listen-host', '', '--set', `ssl_verify_upstream_trusted_ca=${trusted}`],
      shell: network.shell('server'),
    });
    const client = new UnawareClient(network, 'client', recording.ca);
    const proxy = ['-x', `http://${SERVER.v4}:${other.port}`];
    const admitted = more.length > 0 ? ['--proxy-header', `Authorization: Basic ${base64(SECRET)}`] : [];
    const asked = more.length > 0 ? ['-H', `Authorization: Basic ${base64(SECRET)}`] : [];
    const plain = await client.curl(...proxy, ...asked, `http://${SERVER.v4}/plain`);
    t.match(String(plain.stdout), /^GET \/plain /, plain.stderr);
    const secure = await client.curl(...proxy, ...admitted, `https://${SERVER.v4}/tls`, '-k');
    t.match(String(secure.stdout), /^GET \/tls /, secure.stderr);
    const flows = await recording.http(t);
    t.same(
      flows.map(({ flow }) => [
        flow.request.path,
        flow.request.port,
        flow.response?.statusCode,
        flow.server.via?.address,
      ]),
      [
        ['/plain', other.port, 200, undefined],
        ['/tls', 443, 200, [SERVER.v4, other.port]],
      ],
    );
  }
});

t.test('ignored connections see the server itself', NEEDS, async (t) => {
  for (const [pattern, names] of [
    [String.raw`^one\.example:443$`, ['one.example']],
    ['*.example', ['one.example', 'two.example']],
    [`${SERVER.v4.replaceAll('.', String.raw`\.`)}:443`, ['one.example', 'two.example']],
  ] as const) {
    const args = ['--ignore-hosts', pattern, '--show-ignored-hosts'];
    const { network, recording, trusted } = await startTransparent(t, 'Router, iptables', args);
    for (const name of ['one.example', 'two.example']) {
      const isIgnored = (names as readonly string[]).includes(name);
      const client = new UnawareClient(network, 'client', isIgnored ? trusted : recording.ca);
      const { stdout, stderr } = await client.curl('--resolve', `${name}:443:${SERVER.v4}`, `https://${name}/x`);
      t.match(String(stdout), new RegExp(`^GET /x ${name} 0 `), `${pattern}: ${name} ${stderr}`);
    }
    const client = new UnawareClient(network, 'client', recording.ca);
    t.equal(String((await client.tcp(SERVER.v4, PORTS.greeter, '')).stdout), GREETING, 'the others are recorded');
    const ignored = (await recording.tcp(t)).filter(({ flow }) => flow.metadata.ignored);
    t.equal(ignored.length, names.length, pattern);
    for (const { flow } of ignored) t.same(flow.server.address, [SERVER.v4, 443]);
  }
});

t.test(
  'passthrough_on_reject: a client that does not trust us gets through with the next connection',
  NEEDS,
  async (t) => {
    const args = ['--set', 'passthrough_on_reject=true'];
    const { network, recording, trusted } = await startTransparent(t, 'Router, iptables', args);
    const pinned = new UnawareClient(network, 'client', trusted);
    const get = async () => {
      const { code, stdout } = await pinned.curl('--resolve', `one.example:443:${SERVER.v4}`, 'https://one.example/x');
      return code === 0 ? String(stdout) : code;
    };
    t.equal(await get(), 60);
    t.match(await get(), /^GET \/x one\.example 0 /);
    t.match((await recording.stop(t)).stderr, /does not trust the proxy's certificate for one\.example/);
  },
);

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
