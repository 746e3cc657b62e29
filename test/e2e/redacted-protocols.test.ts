import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, createServer, type ServerHttp2Stream } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import t, { type Test } from 'tap';
import type { Flow } from '../../src/flow/flow.js';
import { runWarm } from '../cli/warm.js';
import { frame, KEY as MASK, TEXT } from '../engine/websocket/frames.js';
import { marksIn } from '../redact/planted.js';
import { folder } from '../support/folder.js';
import { selfSigned } from '../support/identity.js';
import { until } from '../support/until.js';
import { Load } from './support/load.js';
import { Origin } from './support/origin.js';
import { type Recorded, Recording, readCapture } from './support/recording.js';

t.setTimeout(300_000);

const KEY = { TSDUMP_REDACT_KEY: 'a key for the tests of redaction' };

/** The files of a folder, as they are. */
function filesIn(dir: string): Buffer {
  const parts = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name)));
  return Buffer.concat(parts);
}

/** Everything in a capture, also decoded. */
async function contentOf(path: string): Promise<Buffer> {
  const parts: Uint8Array[] = [readFileSync(path)];
  for (const { flow, messages } of await readCapture(path)) {
    parts.push(Buffer.from(JSON.stringify([messages, flow.error, flow.metadata, flow.client.mode])));
    if (flow.type !== 'http') continue;
    parts.push(flow.request.headers.bytes, await flow.request.body.bytes(), flow.request.trailers?.bytes ?? EMPTY);
    if (!flow.response) continue;
    parts.push(flow.response.headers.bytes, await flow.response.body.bytes(), flow.response.trailers?.bytes ?? EMPTY);
  }
  return Buffer.concat(parts);
}

const EMPTY = Buffer.alloc(0);

/** Secrets by where they stand. */
class Secrets {
  readonly all: string[] = [];

  get next(): string {
    const secret = `Zq${this.all.length}x7Kp${(this.all.length * 7919 + 131).toString(36)}Vw`;
    this.all.push(secret);
    return secret;
  }
}

/** Ends a recording, and checks that no secret is in its outputs. */
async function check(t: Test, recording: Recording, secrets: Secrets, count: number): Promise<void> {
  const { stdout, stderr } = await recording.stop(t);
  t.equal((await readCapture(recording.capture)).length, count, 'all flows are recorded');
  t.same(marksIn(stdout, secrets.all), [], 'the display');
  t.same(marksIn(Buffer.from(stderr), secrets.all), [], 'the log');
  t.same(marksIn(await contentOf(recording.capture), secrets.all), [], 'the capture');
}

const ARGS = ['--redact', '--flow-detail', '4', '--set', 'termlog_verbosity=debug'];

/** A message of gRPC with one string. */
function call(text: string): Buffer {
  const head = Buffer.from([0, 0, 0, 0, text.length + 2, 0x0a, text.length]);
  return Buffer.concat([head, Buffer.from(text)]);
}

t.test('HTTP/2: fields, trailers, bodies, messages of gRPC and of a WebSocket', async (t) => {
  const secrets = new Secrets();
  const [cookie, trailer, body, answer, message] = Array.from({ length: 5 }, () => secrets.next) as string[];
  const server = createServer({ settings: { enableConnectProtocol: true } });
  server.on('stream', (stream: ServerHttp2Stream, fields) => {
    stream.on('error', () => {});
    if (fields[':method'] === 'CONNECT') {
      stream.respond({ ':status': 200 });
      stream.once('data', () => stream.end(frame({ opcode: TEXT, payload: `{"token":"${answer}"}` })));
      return;
    }
    const isCall = fields['content-type'] === 'application/grpc';
    stream.respond(
      { ':status': 200, 'set-cookie': `sid=${cookie}`, 'content-type': String(fields['content-type']) },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () =>
      stream.sendTrailers({ 'x-auth-token': trailer!, 'grpc-message': `bad token=${trailer}` }),
    );
    stream.resume();
    stream.on('end', () => stream.end(isCall ? call(`password=${body}`) : `{"password":"${body}"}`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as { port: number };
  const args = [...ARGS, '--mode', `reverse:http://127.0.0.1:${port}`];
  const recording = await Recording.start(t, { args, env: KEY });
  const client = connect(recording.url);
  client.on('error', () => {});
  t.teardown(() => client.destroy());
  for (const [type, content] of [
    ['application/json', Buffer.from(`{"api_key":"${secrets.next}"}`)],
    ['application/grpc', call(`Bearer ${secrets.next}`)],
  ] as const) {
    const fields = { ':method': 'POST', ':path': `/x?token=${secrets.next}`, 'content-type': type };
    const stream = client.request({ ...fields, authorization: `Bearer ${secrets.next}` }, { endStream: false });
    let received = '';
    stream.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    stream.end(content);
    await once(stream, 'close');
    t.ok(received.includes(body!), 'the answer is forwarded as it is');
  }
  await until(() => client.remoteSettings?.enableConnectProtocol === true, 'the setting');
  const fields = {
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':scheme': 'http',
    ':path': `/ws?api_key=${secrets.next}`,
  };
  const socket = client.request({ ...fields, 'sec-websocket-version': '13' }, { endStream: false });
  socket.resume();
  socket.write(frame({ opcode: TEXT, payload: `{"password":"${message}"}`, key: MASK }));
  await once(socket, 'end');
  socket.end();
  await once(socket, 'close');
  await check(t, recording, secrets, 3);
});

t.test('credentials of proxies, and URLs in errors', async (t) => {
  const secrets = new Secrets();
  const [right, wrong, upstream] = [secrets.next, secrets.next, secrets.next];
  const dir = folder(t);
  const report = join(dir, 'report.json');
  const args = [...ARGS, '--mode', `upstream:http://joe:${upstream}@127.0.0.1:1`, '--set', `proxyauth=joe:${right}`];
  const checks = ['--fail-on', '~e', '--report', `json=${report}`, '--report', `md=${join(dir, 'report.md')}`];
  const recording = await Recording.start(t, { args: [...args, ...checks], env: KEY });
  const ask = async (password: string): Promise<number> => {
    const value = Buffer.from(`joe:${password}`).toString('base64');
    const url = `http://joe:${secrets.next}@example.test/?token=${secrets.next}`;
    const socket = connectTcp(recording.port, '127.0.0.1');
    socket.write(
      `GET ${url} HTTP/1.1\r\nHost: example.test\r\nProxy-Authorization: Basic ${value}\r\nConnection: close\r\n\r\n`,
    );
    return Number(/^HTTP\/1.1 (\d+)/.exec(await textOf(socket))?.[1]);
  };
  t.equal(await ask(wrong), 407);
  t.equal(await ask(right), 502);
  recording.program.child.kill('SIGINT');
  const { stdout, stderr } = await recording.program.ended;
  const outputs = Buffer.concat([stdout, Buffer.from(stderr), filesIn(dir), await contentOf(recording.capture)]);
  t.same(marksIn(outputs, secrets.all), []);
  t.ok(filesIn(dir).length > 0, 'there are reports');
});

async function textOf(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

t.test('credentials of SOCKS', async (t) => {
  const secrets = new Secrets();
  const password = secrets.next;
  const token = secrets.next;
  const origin = await Origin.start(t, (_, response) => response.end('hello'));
  const args = [...ARGS, '--mode', 'socks5', '--set', `proxyauth=joe:${password}`];
  const recording = await Recording.start(t, { args, env: KEY });
  const socket = connectTcp(recording.port, '127.0.0.1');
  const port = Number(origin.authority.split(':')[1]);
  const login = Buffer.concat([
    Buffer.from([1, 3]),
    Buffer.from('joe'),
    Buffer.from([password.length]),
    Buffer.from(password),
  ]);
  socket.write(Buffer.from([5, 1, 2]));
  await once(socket, 'data');
  socket.write(login);
  await once(socket, 'data');
  socket.write(Buffer.from([5, 1, 0, 1, 127, 0, 0, 1, port >> 8, port & 255]));
  await once(socket, 'data');
  socket.write(`GET /?token=${token} HTTP/1.1\r\nHost: ${origin.authority}\r\nConnection: close\r\n\r\n`);
  t.match(await textOf(socket), /hello$/);
  await check(t, recording, secrets, 1);
});

t.test('the journals and the spool files of workers that are killed', async (t) => {
  const dir = folder(t);
  const spool = folder(t);
  const secret = 'MARKsecret1x7Kp';
  const content = `{"password":"${secret}","text":"${'x'.repeat(300_000)}"}`;
  const origin = await Origin.start(t, ({ target }, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.setHeader('Set-Cookie', `sid=${secret}`);
    // The response to every twentieth request does not end.
    if (Number(/\d+/.exec(target)) % 20 === 0) response.write(content);
    else response.end(content);
  });
  for (const more of [[], ['--workers', '2'], ['--set', 'compress=gzip']]) {
    const args = ['--redact', ...more, '--set', 'body_memory=1k', '--set', `spool_dir=${spool}`];
    const output = join(dir, `${more.join('').replace(/\W/g, '')}.bin`);
    const recording = await Recording.start(t, { args, output, env: { ...KEY, TMPDIR: spool } });
    const load = new Load(recording.port, (number) => `${origin.url(`/${number}`)}?token=${secret}`, 4);
    await until(() => load.answered.size > 20, 'answers');
    recording.program.child.kill('SIGKILL');
    await recording.program.ended;
    await load.stop();
    for (const folder of [dir, spool]) t.notMatch(filesIn(folder).toString('latin1'), /MARKsecret/, more.join(' '));
    const { stdout } = await runWarm(['-nr', output, '--flow-detail', '4']);
    t.ok(stdout.length > 0, 'there are flows');
    t.notMatch(String(stdout), /MARKsecret/, 'decoded');
  }
});

t.test('a certificate of a client', async (t) => {
  const origin = await Origin.start(t, (_, response) => response.end('hello'));
  const args = [...ARGS, '--mode', `reverse:http://${origin.authority}`, '--set', 'request_client_cert'];
  const recording = await Recording.start(t, { args, env: KEY });
  const { key, cert } = selfSigned();
  const socket = connectTls({ port: recording.port, host: '127.0.0.1', rejectUnauthorized: false, key, cert });
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  t.match(await textOf(socket), /hello$/);
  await recording.stop(t);
  const [{ flow }] = (await readCapture(recording.capture)) as [Recorded<Flow>];
  t.same(flow.client.tls?.certificates, []);
  t.match(flow.metadata.redacted, { counts: { 'client.certificate': 1 } });
  t.notOk(readFileSync(recording.capture).includes(new X509Certificate(cert).raw), 'it is not in the capture');
});
