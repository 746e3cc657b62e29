import { once } from 'node:events';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { Tsdump } from '../../cli/tsdump.js';
import { folder } from '../../support/folder.js';
import { RawOrigin } from '../../support/raw-origin.js';
import { until } from '../../support/until.js';
import { Wire } from '../../support/wire.js';
import { needs } from '../support/command.js';
import { curl } from '../support/curl.js';
import { needsFirewall } from '../support/firewall.js';
import { SERVER } from '../support/network.js';
import { Origin } from '../support/origin.js';
import { workersOf } from '../support/processes.js';
import { numbersIn, Recording, readCapture } from '../support/recording.js';
import { startTransparent } from '../support/transparent.js';
import { UnawareClient } from '../support/unaware-client.js';

const WORKERS = ['--workers', '2'];
const QUIET = ['--flow-detail', '0'];
const CURL = needs('curl');
const LINUX = { skip: process.platform !== 'linux' && 'processes are listed in /proc' };
/** With this many connections, both workers serve some. */
const CONNECTIONS = 16;

function echo(t: Test): Promise<Origin> {
  return Origin.start(t, ({ target }, response) => response.end(`answer to ${target}`));
}

/** A request of its own connection. @returns the body */
async function get(port: number, url: string, headers: Record<string, string> = {}): Promise<string> {
  const asking = request({ host: '127.0.0.1', port, path: url, headers, agent: false }).end();
  const [response] = await once(asking, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
}

function getAll(port: number, origin: Origin, count = CONNECTIONS): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, (_, at) => get(port, origin.url(`/${at + 1}`))));
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

function sorted(numbers: readonly number[]): number[] {
  return [...numbers].sort((one, other) => one - other);
}

t.test(
  'transparent mode, as a user who may not write to the folder',
  needsFirewall('REDIRECT by nftables', 'curl', 'openssl', 'setpriv'),
  async (t) => {
    const { network, recording } = await startTransparent(t, 'Same machine, nftables', WORKERS);
    const client = new UnawareClient(network, 'proxy', recording.ca);
    for (const scheme of ['http', 'https'])
      t.equal((await client.curl('-k', `${scheme}://${SERVER.v4}/plain`)).code, 0, scheme);
    await recording.stop(t);
    const flows = await readCapture(recording.capture);
    t.same(
      flows.map(({ flow }) => flow.server.address),
      [
        [SERVER.v4, 80],
        [SERVER.v4, 443],
      ],
    );
  },
);

t.test('SOCKS 5, and several listeners', CURL, async (t) => {
  const origin = await echo(t);
  const args = [...WORKERS, '--mode', 'socks5@0', '--mode', `reverse:http://127.0.0.1:${origin.port}@0`, ...QUIET];
  const recording = await Recording.start(t, { args });
  const [, socks] = await recording.program.logged(/listening at 127\.0\.0\.1:(\d+)\.\n/);
  const [, reverse] = await recording.program.logged(/listening at \S+\n.*listening at 127\.0\.0\.1:(\d+)\.\n/);
  const url = origin.url('/socks');
  t.equal(String((await curl(`socks5h://127.0.0.1:${socks}`, [url])).stdout), 'answer to /socks');
  t.equal(await get(Number(reverse), '/reverse'), 'answer to /reverse');
  await recording.stop(t);
  t.equal((await numbersIn(recording.capture)).length, 2);
});

t.test('ends: after a time, when nothing happens, and by a second signal', LINUX, async (t) => {
  const origin = await echo(t);
  for (const [option, value] of [
    ['--duration', '3s'],
    ['--idle-timeout', '1s'],
  ] as const) {
    const recording = await Recording.start(t, { args: [...WORKERS, option, value] });
    const asking = get(recording.port, origin.url('/1'));
    t.equal((await recording.program.ended).code, 0, option);
    await asking.catch(() => {});
  }
  const silent = await RawOrigin.start(t);
  const recording = await Recording.start(t, { args: [...WORKERS, '--set', 'shutdown_timeout=600'] });
  const client = await Wire.connect(recording.port);
  client.send(`GET http://${silent.authority}/ HTTP/1.1\r\nHost: ${silent.authority}\r\n\r\n`);
  await silent.connection();
  recording.program.child.kill('SIGTERM');
  await recording.program.logged(/Waiting up to 600 s for 1 exchange/);
  recording.program.child.kill('SIGTERM');
  t.equal((await recording.program.ended).code, 0);
  const [flow] = await readCapture(recording.capture);
  t.equal(flow?.flow.error?.code, 'interrupted');
});

t.test('checks, reports and statistics count the flows of all workers', async (t) => {
  const origin = await echo(t);
  const report = join(folder(t), 'report.json');
  const args = [...WORKERS, '--expect', `${CONNECTIONS}: ~u .`, '--report', `json=${report}`, '--stat-json', ...QUIET];
  const recording = await Recording.start(t, { args });
  await getAll(recording.port, origin);
  const { stdout } = await recording.stop(t);
  t.equal(JSON.parse(String(stdout)).flows, CONNECTIONS);
  t.ok(JSON.parse(readFileSync(report, 'utf8')));
});

t.test('files that are rotated and compressed', async (t) => {
  const origin = await echo(t);
  const args = [...WORKERS, '--compress', 'gzip', '--set', 'rotate_flows=5', ...QUIET];
  const recording = await Recording.start(t, { args });
  await getAll(recording.port, origin);
  await recording.stop(t);
  const dir = dirname(recording.capture);
  const files = await Promise.all(readdirSync(dir).map((name) => numbersIn(join(dir, name))));
  t.same(sorted(files.map(({ length }) => length)), [1, 5, 5, 5]);
  t.same(sorted(files.flat()), upTo(CONNECTIONS));
});

t.test('a file that was moved is opened again', LINUX, async (t) => {
  const origin = await echo(t);
  const recording = await Recording.start(t, { args: [...WORKERS, ...QUIET] });
  const { capture, program } = recording;
  const moved = `${capture}.1`;
  await getAll(recording.port, origin, 3);
  renameSync(capture, moved);
  program.child.kill('SIGHUP');
  await until(() => readdirSync(dirname(capture)).length === 2, 'a new file');
  t.equal(await get(recording.port, origin.url('/4')), 'answer to /4');
  await recording.stop(t);
  const later = await numbersIn(capture);
  t.same(sorted([...(await numbersIn(moved)), ...later]), upTo(4));
  // A flow of another worker may arrive after it.
  t.ok(later.includes(4), 'what comes later is in the new file');
});

t.test('text formats, on stdout as well', async (t) => {
  const origin = await echo(t);
  for (const format of ['native', 'jsonl', 'har']) {
    const program = new Tsdump(t, ['-p', '0', ...WORKERS, '-w', '-', '--format', format, ...QUIET]);
    await getAll(await program.port(), origin);
    program.child.kill('SIGTERM');
    const { code, stdout } = await program.ended;
    t.equal(code, 0);
    const file = join(folder(t), `flows.${format}`);
    writeFileSync(file, stdout);
    t.same(sorted(await numbersIn(file)), upTo(CONNECTIONS), format);
  }
});

t.test('secrets are in no output', async (t) => {
  const origin = await echo(t);
  const dir = folder(t);
  const [other, key] = [join(dir, 'other.jsonl'), 'a-secret-that-is-long-enough'];
  const args = [...WORKERS, '--redact', '-w', other, '--flow-detail', '3', '--set', 'body_memory=1k'];
  const recording = await Recording.start(t, { args });
  const headers = { Authorization: `Bearer ${key}` };
  await Promise.all(upTo(8).map((number) => get(recording.port, origin.url(`/${number}`), headers)));
  const { stdout, stderr } = await recording.stop(t);
  const texts = [String(stdout), stderr, readFileSync(recording.capture, 'latin1'), readFileSync(other, 'utf8')];
  for (const [at, text] of texts.entries()) t.notOk(text.includes(key), `output ${at}`);
  const marks = new Set(readFileSync(other, 'utf8').match(/redacted:[0-9a-f]{6}/g));
  t.equal(marks.size, 1, 'one placeholder, whichever worker makes it');
  t.same(sorted(await numbersIn(recording.capture)), upTo(8));
});

t.test('a large body is redacted, and read once more by none', async (t) => {
  const body = Buffer.alloc(3_000_000, 'abcdefgh');
  const origin = await Origin.start(t, (_, response) => response.end(body));
  for (const more of [[], ['--redact']]) {
    const recording = await Recording.start(t, { args: [...WORKERS, ...QUIET, ...more] });
    await getAll(recording.port, origin, 4);
    await recording.stop(t);
    const flows = await readCapture(recording.capture);
    t.equal(flows.length, 4);
    for (const { responseBody } of flows) t.ok(responseBody.equals(body));
  }
});

t.test('clients of other workers notice nothing of a restart', LINUX, async (t) => {
  const origin = await echo(t);
  const script = join(folder(t), 'number.mjs');
  writeFileSync(
    script,
    `let number;
export function load({ worker }) { number = worker; }
export function response(flow) { flow.response.headers.set('Worker', String(number)); }
`,
  );
  const recording = await Recording.start(t, { args: [...WORKERS, '-s', script, ...QUIET] });
  const { program } = recording;
  const clients = await Promise.all(upTo(CONNECTIONS).map(() => Wire.connect(recording.port)));
  const ask = (client: Wire): void =>
    client.send(`GET ${origin.url('/1')} HTTP/1.1\r\nHost: 127.0.0.1:${origin.port}\r\n\r\n`);
  for (const client of clients) ask(client);
  for (const client of clients) await client.has('answer to /1');
  const servedBy = (worker: number): Wire[] =>
    clients.filter(({ text }) => /^worker: (\d)/im.exec(text)![1] === `${worker}`);
  const [first, second] = [servedBy(1), servedBy(2)];
  t.ok(first.length > 0 && second.length > 0);

  // A flow that has just ended may be lost with its worker.
  await until(() => readFileSync(recording.capture, 'latin1').split('TSF1').length > clients.length, 'all flows');
  const before = workersOf(program);
  process.kill(before[0]!, 'SIGKILL');
  const hasClosed = (client: Wire): boolean => client.closed || client.ended;
  await until(() => first.every(hasClosed) || second.every(hasClosed), 'the end of the connections of one worker');
  await until(() => workersOf(program).some((pid) => !before.includes(pid)), 'another worker');
  const left = first.every(hasClosed) ? second : first;
  for (const client of left) {
    ask(client);
    await client.has('answer to /1', 2);
  }
  t.notOk(left.some(hasClosed));
  await program.logged(/was started again/);
  t.same(
    await getAll(recording.port, origin, 4),
    upTo(4).map((number) => `answer to /${number}`),
  );
  await recording.stop(t);
  t.equal((await numbersIn(recording.capture)).length, clients.length + left.length + 4);
});
