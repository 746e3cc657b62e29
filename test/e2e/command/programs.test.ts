import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { run } from '../../cli/tsdump.js';
import { testAuthority } from '../../engine/tls/support.js';
import { folder, write } from '../../support/folder.js';
import { identity } from '../../support/identity.js';
import { orSkip } from '../support/command.js';
import { Origin } from '../support/origin.js';
import { readCapture } from '../support/recording.js';
import { PROGRAMS, type ProgramCase } from './programs.js';
import { registry } from './registry.js';

// Each program is recorded over HTTPS with nothing but the environment that it gets, and again behind a second proxy that the
// user's environment names. Only tsdump knows the authority of the server.
const upstream = testAuthority();
const trusted = write(join(folder(t), 'upstream.pem'), upstream.certificatePem);
const TLS = { tls: identity(upstream, ['localhost', 'origin.test']) };

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

for (const program of PROGRAMS) {
  const missing = program.missing();
  const needed = program.isLarge ? { skip: missing } : orSkip(missing);

  t.test(program.name, needed, async (t) => {
    const origin = await Origin.start(t, registry, TLS);
    // Programs that never use a proxy for this machine ask for another name.
    const isLocal = program.localhost === 'yes';
    const url = isLocal ? origin.url('', 'localhost') : 'https://origin.test';
    const mapping = isLocal
      ? []
      : ['--set', 'connection_strategy=lazy', '-M', `|^https://origin.test|${origin.url('', 'localhost')}`];
    await record(t, program, url, { args: mapping });
  });

  t.test(`${program.name} behind a proxy`, needed, async (t) => {
    const origin = await Origin.start(t, registry, TLS);
    const proxy = await SecondProxy.start(t, origin.port);
    const url = 'https://origin.test:8443';
    await record(t, program, url, { env: { https_proxy: proxy.url, NO_PROXY: 'localhost' } });
    t.ok(
      proxy.connects.length > 0 && proxy.connects.every((line) => line === 'origin.test:8443 user:pass word'),
      'through it',
    );
  });
}

interface RecordOptions {
  args?: string[];
  env?: NodeJS.ProcessEnv;
}

/** Runs the program under tsdump, and checks that its requests are recorded with their responses. */
async function record(t: Test, program: ProgramCase, url: string, { args = [], env }: RecordOptions): Promise<void> {
  const dir = folder(t);
  const capture = join(folder(t), 'flows.bin');
  const own = ['-w', capture, '--ephemeral-ca', '--set', `ssl_verify_upstream_trusted_ca=${trusted}`, ...args];
  const { code, stdout, stderr } = await run(t, [...own, '--', ...program.args(url, dir)], {
    env: { HOME: dir, ...program.env?.(dir, url), ...env },
  });
  t.equal(code, 0, 'it is successful', { stdout: String(stdout), stderr });
  const flows = await readCapture(capture);
  const paths = flows.flatMap(({ flow }) =>
    flow.type === 'http' && flow.response?.statusCode === 200 ? flow.request.path : [],
  );
  t.ok(paths.length > 0 && paths.every((path) => path.startsWith(`/${program.name}`)), `recorded ${paths.join(', ')}`);
  if (program.paths) t.same(new Set(paths), new Set(program.paths), 'all of them');
  t.equal(paths.length, flows.length, 'without errors');
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

  get url(): string {
    return `http://user:pass%20word@127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
}
