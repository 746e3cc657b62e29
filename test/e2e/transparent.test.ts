import { createHash } from 'node:crypto';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Flow } from '../../src/flow/flow.js';
import { folder, write } from '../support/folder.js';
import { needsFirewall } from './support/firewall.js';
import { CLIENT, SERVER } from './support/network.js';
import { GREETING, LARGE, PORTS } from './support/network-servers.js';
import { patterned } from './support/patterned.js';
import { type Recorded, readCapture } from './support/recording.js';
import { startTransparent } from './support/transparent.js';
import { UnawareClient } from './support/unaware-client.js';

const PROGRAMS = ['curl', 'openssl', 'setpriv'];
const IPTABLES = needsFirewall('REDIRECT by iptables', ...PROGRAMS);
const NFTABLES = needsFirewall('REDIRECT by nftables', ...PROGRAMS);
/** What the router's own connections to the servers come from. */
const ROUTER = { v4: '198.51.100.1', v6: '2001:db8:2::1' };
const BODY = patterned(LARGE);

// The rules of docs/transparent.md, as they stand there.
for (const [heading, needs, host, client] of [
  ['Router, iptables', IPTABLES, 'client', CLIENT],
  ['Router, nftables', NFTABLES, 'client', CLIENT],
  ['Same machine, iptables', IPTABLES, 'proxy', ROUTER],
  ['Same machine, nftables', NFTABLES, 'proxy', ROUTER],
  ['TPROXY, iptables', needsFirewall('TPROXY by iptables', ...PROGRAMS), 'client', CLIENT],
  ['TPROXY, nftables', needsFirewall('TPROXY by nftables', ...PROGRAMS), 'client', CLIENT],
] as const) {
  t.test(heading, needs, async (t) => {
    const { network, recording } = await startTransparent(t, heading);
    const unaware = new UnawareClient(network, host, recording.ca);
    for (const family of ['v4', 'v6'] as const) await useEverything(t, unaware, SERVER[family]);
    const { stderr } = await recording.stop(t);
    t.match(stderr, /Transparent Proxy listening at \S+:8080\./);
    const byRoot = !heading.startsWith('Same machine');
    t.equal(/REDIRECT rules for local traffic only/.test(stderr), !heading.startsWith('Router'), stderr);
    t.equal(/(?:not with|without) TPROXY rules \(they need root or CAP_NET_ADMIN\)/.test(stderr), !byRoot);

    const flows = await readCapture(recording.capture);
    for (const family of ['v4', 'v6'] as const) {
      const own = flows.filter(({ flow }) => flow.server.address?.[0] === SERVER[family]);
      t.same(own.map(describe).sort(), expected(SERVER[family], client[family]), `what is recorded, ${family}`);
      for (const { flow, responseBody } of own) {
        t.equal(flow.error, undefined);
        if (flow.type === 'http' && flow.request.path === '/large') t.ok(responseBody.equals(BODY), 'the large body');
      }
    }
    t.equal(flows.length, 2 * expected('', '').length, 'and nothing else');
    t.equal((await recording.read(t, 1, '~d one.example')).match(/^\S+: /gm)?.length, 4, 'found by its name');
    t.equal((await recording.read(t, 1, `~d ${SERVER.v4.replaceAll('.', '\\.')}`)).match(/^\S+: /gm)?.length, 7);
    t.match(await recording.read(t, 1, '~u /plain'), /: GET http:\/\/198\.51\.100\.2\/plain\n/);
    t.match(await recording.read(t, 1, '--showhost', '~u /plain'), /: GET http:\/\/one\.example\/plain\n/);
  });
}

/** All that clients do with one address of the servers. */
async function useEverything(t: Test, client: UnawareClient, address: string): Promise<void> {
  const host = address.includes(':') ? `[${address}]` : address;
  const get = async (expected: RegExp | string, url: string, ...args: string[]): Promise<void> => {
    const name = new URL(url).host;
    const resolve = [
      '--resolve',
      `${name.includes(':') ? name : `${name}:${url.startsWith('https') ? 443 : 80}`}:${host}`,
    ];
    const { stdout, stderr } = await client.curl(...(name.startsWith(host) ? [] : resolve), ...args, url);
    t.match(String(stdout) + stderr, expected, url);
  };
  await get(/^GET \/plain one\.example 0 /, 'http://one.example/plain');
  await get(`GET /odd ${host}:8000 0 `, `http://${host}:8000/odd`);
  await get(/^GET \/tls one\.example 0 /, 'https://one.example/tls');
  await get(/^GET \/odd-tls two\.example:9443 0 /, 'https://two.example:9443/odd-tls');
  const nameless = await client.nameless(`${host}:443`, 'default.example', '/nameless');
  t.match(String(nameless.stdout), /^HTTP\/1\.1 200 OK\r\n.*GET \/nameless nameless 0 /s, 'without SNI', nameless);

  const file = write(join(folder(t), 'upload'), BODY);
  const hash = createHash('sha256').update(BODY).digest('hex');
  await get(`PUT /upload ${host} ${LARGE} ${hash}\n`, `http://${host}/upload`, '-T', file);
  t.ok((await client.curl(`http://${host}/large`)).stdout.equals(BODY), 'a large body');

  const echo = await client.tcp(address, PORTS.echo, '\x01\x02nothing known');
  t.equal(String(echo.stdout), '\x01\x02nothing known', 'plain TCP', echo);
  const greeter = await client.tcp(address, PORTS.greeter, 'EHLO x\r\n', true);
  t.equal(String(greeter.stdout), `${GREETING}EHLO x\r\n`, 'a server that speaks first', greeter);
}

/** What that leaves in the capture. */
function expected(server: string, client: string): string[] {
  const ends = (port: number): string => `${client} -> ${server} ${port}, local ${server} ${port}, mode transparent`;
  const http = (line: string, scheme: string, port: number, more: string): string =>
    `${line} ${scheme} ${server} ${port}, ${more}: ${ends(port)}`;
  return [
    http('GET /plain', 'http', 80, 'one.example, 200, no TLS'),
    http('GET /odd', 'http', 8000, '-, 200, no TLS'),
    http('GET /tls', 'https', 443, 'one.example, 200, SNI one.example'),
    http('GET /odd-tls', 'https', 9443, 'two.example, 200, SNI two.example'),
    http('GET /nameless', 'https', 443, 'nameless, 200, SNI undefined'),
    http('PUT /upload', 'http', 80, '-, 200, no TLS'),
    http('GET /large', 'http', 80, '-, 200, no TLS'),
    `TCP > \x01\x02nothing known < \x01\x02nothing known: ${ends(PORTS.echo)}`,
    `TCP < ${GREETING} > EHLO x\r\n < EHLO x\r\n: ${ends(PORTS.greeter)}`,
  ].sort();
}

function describe({ flow, messages }: Recorded<Flow>): string {
  const { client, server } = flow;
  const plain = (host: string | undefined): string | undefined => host?.replace(/^::ffff:(?=\d+\.)/, '');
  const local = client.local?.join(' ');
  const mode = client.mode.replace(/@.*/, '');
  const ends = `${plain(client.peer?.[0])} -> ${server.address?.join(' ')}, local ${local}, mode ${mode}`;
  if (flow.type !== 'http') return `TCP ${messages.join(' ')}: ${ends}`;
  const { method, path, scheme, host, port, headers } = flow.request;
  const named = headers
    .get('host')
    ?.replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1');
  const tls = client.tls ? `SNI ${client.tls.sni}` : 'no TLS';
  const facts = `${named === server.address?.[0] ? '-' : named}, ${flow.response?.statusCode}, ${tls}`;
  return `${method} ${path} ${scheme} ${host} ${port}, ${facts}: ${ends}`;
}
