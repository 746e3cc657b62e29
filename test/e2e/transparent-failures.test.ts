import t, { type Test } from 'tap';
import { run } from '../cli/tsdump.js';
import { needsFirewall } from './support/firewall.js';
import { type Host, type Network, PROXY, SERVER } from './support/network.js';
import { GREETING, PORTS } from './support/network-servers.js';
import { type Recording, readCapture } from './support/recording.js';
import { startTransparent } from './support/transparent.js';
import { UnawareClient } from './support/unaware-client.js';

const NEEDS = needsFirewall('REDIRECT by iptables', 'curl', 'setpriv');
/** A loader that does not find the package. */
const WITHOUT_KOFFI = dataUrl(`
  import { register } from "node:module";
  register(${JSON.stringify(
    dataUrl(`export async function resolve(name, context, next) {
      if (name !== "koffi") return next(name, context);
      throw Object.assign(new Error("not here"), { code: "ERR_MODULE_NOT_FOUND" });
    }`),
  )});`);
/** Exit codes of curl for a connection that was reset: at once, while curl sent its request, or while it received. */
const RESET = [7, 55, 56];
/** For one that ended without an answer. */
const EMPTY = 52;

t.test('a destination that cannot be reached', NEEDS, async (t) => {
  const { network, recording } = await startTransparent(t, 'Router, iptables', ['--set', 'connect_timeout=1']);
  await network.script(
    'server',
    'iptables -A INPUT -p tcp --dport 10 -j DROP; ip6tables -A INPUT -p tcp --dport 10 -j DROP',
  );
  const client = new UnawareClient(network, 'client', recording.ca);
  for (const [address, reason] of [
    [`${SERVER.v4}:${PORTS.closed}`, 'connection refused'],
    [`[${SERVER.v6}]:${PORTS.closed}`, 'connection refused'],
    [`${SERVER.v4}:10`, 'connection timed out'],
    [`[${SERVER.v6}]:10`, 'connection timed out'],
    ['203.0.113.9:80', 'network unreachable'],
    ['[2001:db8:9::9]:80', 'network unreachable'],
  ] as const) {
    const { code, stderr } = await client.curl(`http://${address}/`);
    t.ok(RESET.includes(code!), address, { code, stderr });
    await recording.program.logged(new RegExp(`Could not connect to ${literally(address)}: ${reason}\\.`));
  }
  await serves(t, network, recording);
  t.equal((await readCapture(recording.capture)).length, 2, 'what was not there is not a flow');
});

t.test('a client that only listens', NEEDS, async (t) => {
  const { network, recording } = await startTransparent(t, 'Router, iptables');
  const client = new UnawareClient(network, 'client', recording.ca);
  for (const address of [SERVER.v4, SERVER.v6]) {
    t.equal(String((await client.tcp(address, PORTS.greeter, '')).stdout), GREETING, address);
  }
  const flows = await recording.tcp(t);
  t.same(
    flows.map(({ flow, messages }) => [...messages, flow.error]),
    [
      [`< ${GREETING}`, undefined],
      [`< ${GREETING}`, undefined],
    ],
  );
});

t.test('with a lazy connection, the request gets the error', NEEDS, async (t) => {
  const lazy = ['--set', 'connection_strategy=lazy'];
  const { network, recording } = await startTransparent(t, 'Router, iptables', lazy);
  const client = new UnawareClient(network, 'client', recording.ca);
  const { stdout } = await client.curl('-o', '/dev/null', '-w', '%{http_code}', `http://${SERVER.v4}:${PORTS.closed}/`);
  t.equal(String(stdout), '502');
  const secure = await client.curl('--resolve', `one.example:443:${SERVER.v4}`, 'https://one.example/lazy');
  t.match(String(secure.stdout), /^GET \/lazy one\.example 0 /, 'TLS', secure);
  const unnamed = await client.curl(`https://${SERVER.v4}/`);
  t.match(String(unnamed.stdout), /verify failed .*the certificate is not for 198\.51\.100\.2/, 'no name', unnamed);
  const greeter = await client.tcp(SERVER.v4, PORTS.greeter, 'QUIT', true);
  t.equal(String(greeter.stdout), '220 ready\r\nQUIT', 'a server that speaks first is waited for');
  await serves(t, network, recording);
});

t.test('a server that is known by its address only is checked by the client', NEEDS, async (t) => {
  const { network, recording } = await startTransparent(t, 'Router, iptables');
  const client = new UnawareClient(network, 'client', recording.ca);
  const { code, stderr } = await client.curl(`https://${SERVER.v4}/`);
  t.equal(code, 60, 'its certificate is not for the address, and so neither is the leaf', { stderr });
});

t.test('connections that were made to the listener itself', NEEDS, async (t) => {
  const { network, recording } = await startTransparent(t, 'Router, iptables');
  for (const [host, address] of [
    ['client', `${PROXY.v4}:8080`],
    ['client', `[${PROXY.v6}]:8080`],
    ['proxy', '127.0.0.1:8080'],
    ['proxy', '[::1]:8080'],
    ['proxy', `${PROXY.v4}:8080`],
  ] as [Host, string][]) {
    const { code, stderr } = await new UnawareClient(network, host, recording.ca).curl(`http://${address}/`);
    t.ok([EMPTY, ...RESET].includes(code!), `${host}: ${address}`, { code, stderr });
    await recording.program.logged(new RegExp(`the connection to ${literally(address)} was made directly`));
  }
  await serves(t, network, recording);
});

t.test('rules that send tsdump back to itself', NEEDS, async (t) => {
  for (const strategy of ['eager', 'lazy']) {
    const { network, recording } = await startTransparent(t, 'Router, iptables', [
      '--set',
      `connection_strategy=${strategy}`,
      '--set',
      'log_connections',
    ]);
    await network.script(
      'proxy',
      `iptables -t nat -A OUTPUT -p tcp --dport ${PORTS.oddHttp} -j REDIRECT --to-ports 8080
      ip6tables -t nat -A OUTPUT -p tcp --dport ${PORTS.oddHttp} -j REDIRECT --to-ports 8080`,
    );
    for (const address of [SERVER.v4, `[${SERVER.v6}]`]) {
      const url = `http://${address}:${PORTS.oddHttp}/`;
      const { stdout } = await new UnawareClient(network, 'client', recording.ca).curl('-w', '%{http_code}', url);
      t.match(String(stdout), /(000|502)$/, `${strategy}: ${url}`);
      const place = literally(`${address}:${PORTS.oddHttp}`);
      await recording.program.logged(
        new RegExp(`connection to ${place} is tsdump's own; exempt its user from the redirection`),
      );
    }
    const { stderr } = await serves(t, network, recording);
    const accepted = stderr.match(/client connect$/gm)?.length ?? 0;
    t.ok(accepted < 15, `${accepted} connections, not one after the other for ever`);
  }
});

t.test(
  'without koffi it does not start',
  { skip: process.platform !== 'linux' && 'only Linux needs it' },
  async (t) => {
    // A stand-in for an installation without optional packages. The first words are those that start Node.
    const shell = `shift 4; exec "${process.execPath}" --import '${WITHOUT_KOFFI}' "$@"`;
    const ended = await run(t, ['--mode', 'transparent', '-p', '0'], { shell });
    t.equal(ended.code, 3);
    t.match(ended.stderr, /Transparent mode needs the package koffi .*not installed\. Install/);
  },
);

t.test('a thousand at once', NEEDS, async (t) => {
  const { network, recording } = await startTransparent(t, 'Router, iptables');
  for (const address of [SERVER.v4, SERVER.v6]) {
    const said = await swarm(network, `sendNumber`, address, 500);
    t.equal(said, '500 echoed\n', address);
  }
  const flows = await recording.tcp(t);
  const numbers = flows.map(({ messages }) => messages.join(' ')).sort();
  t.same(numbers, [...Array(500).keys(), ...Array(500).keys()].map((number) => `> ${number}. < ${number}.`).sort());
});

t.test('clients that are gone before they are accepted', NEEDS, async (t) => {
  const { network, recording } = await startTransparent(t, 'Router, iptables');
  const { child } = recording.program;
  for (const manner of ['resetAtOnce', 'endAtOnce', 'sendAndReset']) {
    for (const address of [SERVER.v4, SERVER.v6]) {
      child.kill('SIGSTOP');
      try {
        t.equal(await swarm(network, manner, address, 50), '50 left\n', `${manner}, ${address}`);
      } finally {
        child.kill('SIGCONT');
      }
    }
  }
  await serves(t, network, recording);
});

/** That it still works for everybody; then ends it. */
async function serves(t: Test, network: Network, recording: Recording): ReturnType<Recording['stop']> {
  const client = new UnawareClient(network, 'client', recording.ca);
  for (const address of [SERVER.v4, `[${SERVER.v6}]`]) {
    const { stdout, stderr } = await client.curl(`http://${address}/still`);
    t.match(String(stdout), /^GET \/still /, `${address} is still served`, { stderr });
  }
  return recording.stop(t);
}

/** Many connections from the client's machine to the echo server, in a process of their own. @returns what that says at its end */
async function swarm(network: Network, manner: string, address: string, count: number): Promise<string> {
  const args = [
    '-u',
    'NODE_OPTIONS',
    process.execPath,
    '-e',
    SWARM,
    manner,
    address,
    String(PORTS.echo),
    String(count),
  ];
  const { stdout, stderr } = await network.run('client', 'env', args);
  return String(stdout) + stderr;
}

function dataUrl(script: string): string {
  return `data:text/javascript,${encodeURIComponent(script).replaceAll("'", '%27')}`;
}

const SWARM = `
  const { connect } = require('node:net');
  const [manner, host, port, count] = process.argv.slice(1);
  let left = Number(count);
  let echoed = 0;
  const done = () => { if (--left === 0) console.log(echoed ? echoed + ' echoed' : count + ' left'); };
  for (let number = 0; number < count; number++) {
    const socket = connect({ host, port });
    let came = '';
    socket.on('error', (error) => console.error(error.code));
    socket.on('data', (data) => {
      came += data;
      if (came !== number + '.') return;
      echoed++;
      socket.end();
    });
    socket.on('close', done);
    socket.on('connect', () => {
      if (manner === 'sendNumber') socket.write(number + '.');
      else if (manner === 'endAtOnce') socket.destroy();
      else if (manner === 'resetAtOnce') socket.resetAndDestroy();
      else socket.write('GET / HTTP/1.1\\\\r\\\\n', () => socket.resetAndDestroy());
    });
  }`;

function literally(text: string): string {
  return text.replace(/[.[\]]/g, '\\$&');
}
