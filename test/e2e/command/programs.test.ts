import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { run } from '../../cli/tsdump.js';
import { testAuthority } from '../../engine/tls/support.js';
import { folder, write } from '../../support/folder.js';
import { identity } from '../../support/identity.js';
import { orSkip } from '../support/command.js';
import { Origin } from '../support/origin.js';
import { readCapture } from '../support/recording.js';
import { PROGRAMS, type ProgramCase } from './programs.js';
import { registry } from './registry.js';

// Programs are recorded over HTTPS with nothing but the environment that they get, and again behind a second proxy that the
// user's environment names. Only tsdump knows the authority of the server.
const upstream = testAuthority();
const trusted = write(join(folder(t), 'upstream.pem'), upstream.certificatePem);
const TLS = { tls: identity(upstream, ['localhost', 'origin.test']) };

// Some programs take seconds, and run one after the other.
t.setTimeout(600_000);

const DOCS = new URL('../../../../docs/command.md', import.meta.url);

t.test('docs/command.md lists the programs', async (t) => {
  const rows = PROGRAMS.filter(({ title }) => title).map(({ title, localhost }) => `| ${title} | ${localhost} |\n`);
  const table = `| program | localhost |\n|---|---|\n${rows.join('')}`;
  const page = readFileSync(DOCS, 'utf8');
  const expected = page.replace(/(programs\.test\.js -->\n\n)(?:\|.*\n)*\n*/, (_, mark: string) => `${mark}${table}\n`);
  if (process.env.UPDATE_DOCS) writeFileSync(DOCS, expected);
  t.match(page, 'programs.test.js -->\n', 'it has the mark');
  t.equal(readFileSync(DOCS, 'utf8'), expected);
});

for (const localhost of ['yes', 'no'] as const) {
  const programs = PROGRAMS.filter((program) => program.localhost === localhost);
  t.test(`programs, of which each uses a proxy for this machine: ${localhost}`, async (t) => {
    const origin = await Origin.start(t, registry, TLS);
    const local = origin.url('', 'localhost');
    const [url, args] =
      localhost === 'yes'
        ? [local, []]
        : ['https://origin.test', ['--set', 'connection_strategy=lazy', '-M', `|^https://origin.test|${local}`]];
    await record(t, programs, url, { args });
  });
}

t.test('programs behind a proxy', async (t) => {
  const origin = await Origin.start(t, registry, TLS);
  const proxy = await SecondProxy.start(t, origin.port);
  const env = { https_proxy: proxy.url, NO_PROXY: 'localhost' };
  const flows = await record(t, PROGRAMS, 'https://origin.test:8443', { env });
  t.ok(proxy.connects.length > 0);
  t.same(new Set(proxy.connects), new Set(['origin.test:8443 user:pass word']));
  for (const { server, request } of flows) t.equal(server.via?.address[1], proxy.port, `${request.path} through it`);
});

interface RecordOptions {
  args?: string[];
  env?: NodeJS.ProcessEnv;
}

/**
 * Runs programs one after the other under one tsdump, and checks that their requests are recorded with their responses.
 * @returns the recorded flows
 */
async function record(
  t: Test,
  programs: readonly ProgramCase[],
  url: string,
  { args = [], env }: RecordOptions,
): Promise<HttpFlow[]> {
  const cases = programs.map((program) => ({ program, missing: program.missing(), dir: folder(t) }));
  const installed = cases.filter(({ missing }) => missing === false);
  const script = installed.map(({ program, dir }) => scriptOf(program, url, dir));
  const capture = join(folder(t), 'flows.bin');
  const own = ['-w', capture, '--ephemeral-ca', '--set', `ssl_verify_upstream_trusted_ca=${trusted}`, ...args];
  const { code, stderr } = await run(t, [...own, '--', 'sh', '-c', script.join('\n')], { env });
  t.equal(code, 0, 'it is successful', { stderr });
  const flows = (await readCapture(capture)).map(({ flow }) => flow as HttpFlow);
  for (const { program, missing, dir } of cases) {
    await t.test(program.name, program.isLarge ? { skip: missing } : orSkip(missing), async (t) => {
      t.equal(missing, false);
      const output = readFileSync(join(dir, 'output'), 'utf8');
      t.equal(readFileSync(join(dir, 'code'), 'utf8'), '0\n', 'it is successful', { output, stderr });
      const paths = flows.flatMap((flow) => (isOf(program, flow) ? flow.request.path : []));
      t.ok(paths.length > 0, 'recorded');
      if (program.paths) t.same(new Set(paths), new Set(program.paths), 'all of them');
    });
  }
  for (const flow of flows) {
    t.equal(flow.response?.statusCode, 200, `${flow.request.url} is answered`);
    t.ok(
      programs.some((program) => isOf(program, flow)),
      `${flow.request.path} is of a program`,
    );
  }
  return flows;
}

function isOf({ name }: ProgramCase, { request }: HttpFlow): boolean {
  return `${request.path.replace('?', '/')}/`.startsWith(`/${name}/`);
}

/** Runs a program with its own home; its output and exit code get into files there. */
function scriptOf(program: ProgramCase, url: string, dir: string): string {
  const home = join(dir, 'home');
  mkdirSync(home);
  const variables = Object.entries({ HOME: home, ...program.env?.(home, url) }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const line = ['env', ...variables, ...program.args(url, home)].map(quoted).join(' ');
  return `${line} > ${quoted(join(dir, 'output'))} 2>&1; echo $? > ${quoted(join(dir, 'code'))}`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** A proxy that needs a password, and resolves every name to this machine. */
class SecondProxy {
  /** `HOST:PORT USER:PASSWORD` of each CONNECT. */
  readonly connects: string[] = [];
  private readonly server = createServer();

  static async start(t: Test, port: number): Promise<SecondProxy> {
    const proxy = new SecondProxy();
    const { server } = proxy;
    const sockets = new Set<Socket>();
    server.on('connection', (socket) => sockets.add(socket));
    server.on('connect', ({ url, headers }: IncomingMessage, client: Socket) => {
      const [, encoded = ''] = headers['proxy-authorization']?.split(' ') ?? [];
      proxy.connects.push(`${url} ${Buffer.from(encoded, 'base64')}`);
      const onward = connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
      for (const socket of [client, onward]) socket.on('error', () => {});
      client.pipe(onward).pipe(client);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://user:pass%20word@127.0.0.1:${this.port}`;
  }
}
