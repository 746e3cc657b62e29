import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';

const MODULE = fileURLToPath(new URL('../../../../program/node-proxy.cjs', import.meta.url));

/** A server, which is also the proxy. @returns its address, and the targets that it saw */
async function origin(t: Test): Promise<{ authority: string; targets: string[] }> {
  const targets: string[] = [];
  const server = createServer(({ url }, response) => {
    targets.push(url!);
    response.end('ok');
  });
  server.on('connect', ({ url }, socket) => {
    targets.push(`CONNECT ${url}`);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  return { authority: `127.0.0.1:${(server.address() as AddressInfo).port}`, targets };
}

/** Which requests of a program use the proxy; the path is the name. Agents of programs use it where Node.js has proxy support. */
const CASES: [name: string, options: string, usesProxy: boolean | 'if recent'][] = [
  ['default', '{}', true],
  ['no-agent', '{ agent: false }', true],
  ['agent', '{ agent: new http.Agent({ keepAlive: true }) }', 'if recent'],
  ['null', '{ agent: new http.Agent(null) }', 'if recent'],
  ['import', '{ agent: new Agent() }', 'if recent'],
  ['subclass', '{ agent: new (class extends http.Agent {})() }', false],
  ['lookup', '{ agent: new http.Agent({ lookup }) }', false],
  ['proxy', '{ agent: new http.Agent({ proxyEnv: {} }) }', false],
];

const PROGRAM = `
import http, { Agent } from 'node:http';
import https from 'node:https';
import { lookup } from 'node:dns';
const get = (module, url, options) =>
  new Promise((resolve) => {
    module.get(url, options, (response) => response.resume().on('end', resolve)).on('error', resolve);
  });
const { ORIGIN } = process.env;
${CASES.map(([name, options]) => `await get(http, 'http://' + ORIGIN + '/${name}', ${options});`).join('\n')}
await get(https, 'https://default.invalid/', {});
if (process.env.IS_RECENT) await get(https, 'https://secure.invalid/', { agent: new https.Agent() });
await get(https, 'https://trusting.invalid/', { agent: new https.Agent({ ca: [] }) });
for (const { Agent, globalAgent } of [http, https]) {
  const isAgent = [globalAgent, new Agent(), new (class extends Agent {})()].every((agent) => agent instanceof Agent);
  console.log(isAgent, new Agent({ maxSockets: 3 }).maxSockets, new Agent({ lookup, maxSockets: 3 }).maxSockets);
}
process.exit();`;

/** Replaces functions as nock and MSW do. */
const MOCKING = `
import http from 'node:http';
const { fetch: original } = globalThis;
let calls = 0;
globalThis.fetch = (...args) => {
  calls++;
  return original(...args);
};
http.request = () => { throw new Error('mocked'); };
for (const _ of 'ab') await fetch('https://default.invalid/').catch(() => {});
console.log(calls);
process.exit();`;

const NODES = [process.execPath, process.env.TSDUMP_NEWEST_NODE].filter((path) => path !== undefined);

for (const [index, node] of NODES.entries()) {
  t.test(index === 0 ? 'this Node.js' : 'the newest Node.js', async (t) => {
    const { stdout: version } = await promisify(execFile)(node, ['-p', 'process.versions.node']);
    const [major = 0, minor = 0] = version.split('.').map(Number);
    const isRecent = major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);
    const server = await origin(t);
    const proxy = await origin(t);
    const env = { ORIGIN: server.authority, IS_RECENT: isRecent ? '1' : '' };
    const { stdout, stderr } = await runProgram(node, PROGRAM, proxy.authority, env);
    const of = (usesProxy: boolean) =>
      CASES.filter((each) => (each[2] === 'if recent' ? isRecent : each[2]) === usesProxy).map(([name]) => `/${name}`);
    const viaProxy = of(true).map((path) => `http://${server.authority}${path}`);
    const tunnels = ['CONNECT default.invalid:443', ...(isRecent ? ['CONNECT secure.invalid:443'] : [])];
    t.same(proxy.targets, [...viaProxy, ...tunnels]);
    t.same(server.targets, of(false));
    t.equal(stdout, 'true 3 3\ntrue 3 3\n', 'classes behave as before');
    t.equal(stderr, '');
  });

  t.test(`programs that mock, in ${index === 0 ? 'this Node.js' : 'the newest Node.js'}`, async (t) => {
    const proxy = await origin(t);
    const { stdout, stderr } = await runProgram(node, MOCKING, proxy.authority);
    t.equal(stderr, '');
    t.equal(stdout, '2\n', 'their functions stay');
    t.same(proxy.targets, ['CONNECT default.invalid:443', 'CONNECT default.invalid:443']);
  });
}

function runProgram(
  node: string,
  program: string,
  proxy: string,
  more: NodeJS.ProcessEnv = {},
): Promise<{ stdout: string; stderr: string }> {
  const url = `http://${proxy}`;
  const settings = { NODE_OPTIONS: '', NODE_USE_ENV_PROXY: '1', HTTP_PROXY: url, HTTPS_PROXY: url, NO_PROXY: '' };
  const args = ['--require', MODULE, '--input-type=module', '-e', program];
  return promisify(execFile)(node, args, { env: { ...process.env, ...settings, ...more } });
}
