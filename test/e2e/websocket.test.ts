import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import t, { type Test } from 'tap';
import WebSocket from 'ws';
import type { HttpFlow } from '../../src/flow/flow.js';
import { runWarm } from '../cli/warm.js';
import { testAuthority } from '../engine/tls/support.js';
import { startEchoSocket } from '../support/echo-socket.js';
import { folder, write } from '../support/folder.js';
import { identity } from '../support/identity.js';
import { MITMPROXY, PYTHON } from '../support/mitmproxy.js';
import { until } from '../support/until.js';
import { command } from './support/command.js';
import { type Recorded, Recording, readCapture } from './support/recording.js';

const upstream = testAuthority();
const trusted = write(join(folder(t), 'upstream.pem'), upstream.certificatePem);
const TRUSTING = ['--set', `ssl_verify_upstream_trusted_ca=${trusted}`];
const LARGE = 'grüße '.repeat(50_000);

/** A connection to the proxy on which these were said already, each behind the answer to the one before. */
async function connected(port: number, ...sayings: Buffer[]): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  for (const saying of sayings) {
    socket.write(saying);
    await once(socket, 'data');
  }
  return socket;
}

const connectRequest = (port: number) =>
  Buffer.from(`CONNECT localhost:${port} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
/** RFC 1928: no authentication; 127.0.0.1 and the port. */
const socks = (port: number) => [Buffer.of(5, 1, 0), Buffer.of(5, 1, 0, 1, 127, 0, 0, 1, port >> 8, port & 255)];

/** Says some things to an echo server, hears them, and closes. @returns the extensions and the subprotocol */
async function chat(client: WebSocket): Promise<[extensions: string, protocol: string]> {
  const heard: string[] = [];
  client.on('message', (data, isBinary) => heard.push(`${isBinary ? 'binary' : 'text'} ${String(data).slice(0, 20)}`));
  await once(client, 'open');
  for (const each of ['hello', 'hello', LARGE, Buffer.from('bytes')]) client.send(each);
  client.ping('are you there');
  const [pong] = await once(client, 'pong');
  t.equal(String(pong), 'are you there');
  await until(() => heard.length === 4, 'four answers');
  t.same(heard, ['text hello', 'text hello', `text ${LARGE.slice(0, 20)}`, 'binary bytes']);
  const found: [string, string] = [client.extensions, client.protocol];
  client.close(4001, 'enough');
  await once(client, 'close');
  return found;
}

/** What is to be recorded of it. Answers come as the network brings them. */
function checkChat(t: Test, { flow, messages }: Recorded<HttpFlow>): void {
  const side = (arrow: string) => messages.filter((line) => line.startsWith(arrow)).map((line) => line.slice(2));
  const large = Buffer.from(LARGE).toString('latin1');
  t.same(side('>'), ['hello', 'hello', large, 'bytes', 'are you there']);
  t.same(side('<').sort(), ['are you there', 'bytes', large, 'hello', 'hello'].sort());
  t.match(flow.websocket, { byClient: true, code: 4001, reason: 'enough' });
  t.equal(flow.error, undefined);
}

t.test('in all modes, in plain and over TLS', async (t) => {
  const plain = await startEchoSocket(t);
  const secure = await startEchoSocket(t, identity(upstream, ['localhost', '127.0.0.1']));
  const parent = await Recording.start(t, { args: ['--ignore-hosts', '.*'] });
  const ways: Record<string, { modes: string[]; open: (recording: Recording, to: number) => Promise<Socket> }> = {
    CONNECT: { modes: ['regular'], open: ({ port }, to) => connected(port, connectRequest(to)) },
    SOCKS: { modes: ['socks5'], open: ({ port }, to) => connected(port, ...socks(to)) },
    'behind a parent': {
      modes: [`upstream:${parent.url}`],
      open: ({ port }, to) => connected(port, connectRequest(to)),
    },
    'reverse, plain': { modes: [`reverse:http://localhost:${plain}`], open: ({ port }) => connected(port) },
    'reverse, TLS': { modes: [`reverse:https://localhost:${secure}`], open: ({ port }) => connected(port) },
  };
  for (const [name, { modes, open }] of Object.entries(ways)) {
    const recording = await Recording.start(t, { args: [...modes.flatMap((mode) => ['-m', mode]), ...TRUSTING] });
    const ca = readFileSync(recording.ca);
    const servers = name === 'reverse, plain' ? [plain] : name === 'reverse, TLS' ? [secure] : [plain, secure];
    for (const to of servers) {
      for (const compresses of [false, true]) {
        const socket = await open(recording, to);
        const stream = to === plain ? socket : connectTls({ socket, ca, servername: 'localhost' });
        const options = { perMessageDeflate: compresses && { threshold: 0 }, createConnection: () => stream as Socket };
        const client = new WebSocket(`ws://localhost:${to}/chat?a=b`, ['other', 'chat'], options);
        const [extensions, protocol] = await chat(client);
        t.same([extensions, protocol], [compresses ? 'permessage-deflate' : '', 'chat'], name);
      }
    }
    const flows = await recording.http(t);
    t.equal(flows.length, servers.length * 2, name);
    for (const one of flows) checkChat(t, one);
  }
});

t.test('shown, filtered, and through every format and back', async (t) => {
  const port = await startEchoSocket(t);
  const recording = await Recording.start(t, {
    args: ['-m', `reverse:http://127.0.0.1:${port}`, '--flow-detail', '1'],
  });
  await chat(new WebSocket(`ws://127.0.0.1:${recording.port}/chat`));
  const { stdout } = await recording.stop(t);
  const peers = String.raw`127\.0\.0\.1:\d+ ARROW WebSocket KIND message ARROW 127\.0\.0\.1:${port}/chat\n`;
  const line = (arrow: string, kind: string) => new RegExp(peers.replaceAll('ARROW', arrow).replace('KIND', kind));
  for (const kind of ['text', 'binary', 'ping']) t.match(String(stdout), line('->', kind));
  for (const kind of ['text', 'binary', 'pong']) t.match(String(stdout), line('<-', kind));
  t.match(String(stdout), /WebSocket Error: UNKNOWN_ERROR=4001 \(reason: enough\)\n$/);
  t.equal(await recording.read(t, 1), String(stdout), 'the same when it is read');
  for (const filter of ['~websocket', '~b hello', '~bq "are you"', '~bs bytes', '~websocket & ~c 101']) {
    t.match(await recording.read(t, 1, filter), /101 Switching/, filter);
  }
  t.equal(await recording.read(t, 1, '~b "no such thing"'), '');

  const dir = folder(t);
  const [first] = await readCapture(recording.capture);
  for (const ending of ['bin', 'mitm', 'har', 'jsonl', 'bin.gz']) {
    const path = join(dir, `flows.${ending}`);
    t.same(await convert(recording.capture, path), [0, ''], ending);
    t.same(await convert(path, join(dir, `back.${ending}.bin`)), [0, ''], `${ending}, back`);
    const [back] = await readCapture(join(dir, `back.${ending}.bin`));
    t.same(back?.messages, first?.messages, ending);
    checkChat(t, back as Recorded<HttpFlow>);
  }
  await t.test('mitmdump shows them', MITMPROXY, async (t) => {
    const main = 'import sys\nfrom mitmproxy.tools.main import mitmdump\nmitmdump(sys.argv[1:])';
    const args = ['-c', main, '-nr', join(dir, 'flows.mitm'), '--set', `confdir=${dir}`, '--flow-detail', '1'];
    const { code, stdout, stderr } = await command(PYTHON, args, { env: { HOME: dir } });
    t.same([code, stderr], [0, '']);
    t.match(String(stdout), /WebSocket text message/);
    t.notMatch(String(stdout), /Traceback|Flow file corrupted/);
  });
});

async function convert(from: string, to: string): Promise<unknown[]> {
  const { code, stderr } = await runWarm(['-nqr', from, '-w', to]);
  return [code, stderr];
}

t.test('killed in the middle: what had passed is in the journal', async (t) => {
  const port = await startEchoSocket(t);
  const recording = await Recording.start(t, { args: ['-m', `reverse:http://127.0.0.1:${port}`] });
  const client = new WebSocket(`ws://127.0.0.1:${recording.port}/`);
  client.on('error', () => {});
  let heard = 0;
  client.on('message', () => heard++);
  await once(client, 'open');
  for (let number = 0; number < 1000; number++) client.send(`message ${number}`);
  client.send(Buffer.alloc(3_000_000, 'x'));
  await until(() => heard === 1001, 'all answers');
  const journal = `${recording.capture}.live`;
  const holds = (text: string, size = 0): boolean =>
    existsSync(journal) && statSync(journal).size > size && readFileSync(journal).includes(text);
  await until(() => holds('message 999', 6_000_000), 'the messages in the journal');
  // Its record is so small that it is written whole or not at all.
  client.send('last');
  await until(() => holds('last'), 'the last message in the journal');
  recording.program.child.kill('SIGKILL');
  await recording.program.ended;
  const next = await Recording.start(t, { output: `+${recording.capture}` });
  await next.program.logged(/added 1 flow/);
  const [{ flow, messages }] = await next.http(t);
  const sent = messages.filter((line) => line.startsWith('>'));
  t.equal(sent.length, 1002);
  t.same([sent[0], sent[999], sent[1000]?.length, sent[1001]], ['> message 0', '> message 999', 3_000_002, '> last']);
  t.match(flow.error?.message, /incomplete/);
});
