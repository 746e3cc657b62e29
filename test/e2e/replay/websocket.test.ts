import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import WebSocket, { WebSocketServer } from 'ws';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { testAuthority } from '../../engine/tls/support.js';
import { startEchoSocket } from '../../support/echo-socket.js';
import { folder, write } from '../../support/folder.js';
import { identity } from '../../support/identity.js';
import { until } from '../../support/until.js';
import { mirror, Origin } from '../support/origin.js';
import { type Recorded, Recording, readCapture } from '../support/recording.js';
import { replayed, replayWarm } from './support.js';

const LARGE = 'grüße '.repeat(50_000);

/** Records a conversation with an echo server. @returns the capture */
async function record(t: Test, port: number): Promise<string> {
  const recording = await Recording.start(t, { args: ['--mode', `reverse:http://127.0.0.1:${port}`] });
  const client = new WebSocket(`ws://127.0.0.1:${recording.port}/chat?room=1`, ['chat']);
  let heard = 0;
  client.on('message', () => heard++);
  await once(client, 'open');
  for (const [at, each] of ['hello', 'hello again', LARGE, Buffer.from('bytes')].entries()) {
    client.send(each);
    await until(() => heard === at + 1, 'the answer');
  }
  client.close(4001, 'enough');
  await once(client, 'close');
  await recording.stop(t);
  return recording.capture;
}

const messages = ({ messages: all }: Recorded<HttpFlow>): string[] => all.map((text) => text.slice(0, 30));

for (const [name, isSecure, args] of [
  ['in order', false, []],
  ['over TLS', true, []],
  ['by rhythm', false, ['--replay-timing', '10x']],
  ['several times', false, ['--replay-count', '3', '--replay-concurrency', '3']],
] as const) {
  t.test(`a conversation is sent again ${name}`, async (t) => {
    const capture = await record(t, await startEchoSocket(t));
    const authority = testAuthority();
    const port = await startEchoSocket(t, isSecure ? identity(authority, ['localhost']) : undefined);
    const ca = write(join(folder(t), 'ca.pem'), authority.certificatePem);
    const trusting = ['--set', `ssl_verify_upstream_trusted_ca=${ca}`];
    const to = `${isSecure ? 'https' : 'http'}://localhost:${port}`;
    const { ended, flows } = await replayed(t, capture, ['--replay-to', to, ...trusting, ...args]);
    t.equal(ended.code, 0, ended.stderr);
    const [recorded] = (await readCapture(capture)) as Recorded<HttpFlow>[];
    t.equal(flows.length, name === 'several times' ? 3 : 1);
    for (const flow of flows) {
      t.equal(flow.flow.error, undefined);
      t.equal(flow.flow.response?.statusCode, 101);
      t.equal(flow.flow.response?.headers.get('sec-websocket-protocol'), 'chat');
      t.match(flow.flow.websocket, { byClient: true, code: 4001, reason: 'enough' });
      const sent = messages(flow).filter((text) => text.startsWith('>'));
      t.same(
        sent,
        messages(recorded!).filter((text) => text.startsWith('>')),
      );
      if (name !== 'by rhythm') t.same(flow.messages.length, recorded!.messages.length);
    }
  });
}

t.test('conversations are compared, also without an output', async (t) => {
  const port = await startEchoSocket(t);
  const capture = await record(t, port);
  const { code, stdout } = await replayWarm(capture, ['--replay-to', `http://localhost:${port}`, '--replay-compare']);
  t.match(stdout, /^No differences in 1 flow\.$/m);
  t.equal(code, 0);
});

t.test('a server that refuses the upgrade', async (t) => {
  const capture = await record(t, await startEchoSocket(t));
  const origin = await Origin.start(t, mirror);
  const { ended, flows } = await replayed(t, capture, ['--replay-to', origin.url('')]);
  t.equal(ended.code, 0, ended.stderr);
  t.equal(flows[0]!.flow.response?.statusCode, 200);
  t.match(ended.stderr, / 101 +1 +0\n +200 +0 +1\n| 200 +0 +1\n/);
});

t.test('a ticket of the server is used in the conversation', async (t) => {
  /** Greets with a ticket, and confirms messages that have it. */
  const start = async (ticket: string): Promise<number> => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: true });
    t.teardown(() => server.close());
    server.on('connection', (socket) => {
      socket.send(JSON.stringify({ type: 'welcome', ticket }));
      socket.on('message', (text) => socket.send(String(text).includes(ticket) ? 'joined' : 'denied'));
    });
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const recording = await Recording.start(t, {
    args: ['--mode', `reverse:http://127.0.0.1:${await start('t-01234567')}`],
  });
  const client = new WebSocket(`ws://127.0.0.1:${recording.port}/chat`);
  const heard: string[] = [];
  client.on('message', (text) => heard.push(String(text)));
  await until(() => heard.length === 1, 'the ticket');
  client.send(JSON.stringify({ join: JSON.parse(heard[0]!).ticket }));
  await until(() => heard.length === 2, 'the answer');
  client.close();
  await once(client, 'close');
  await recording.stop(t);
  const to = `http://127.0.0.1:${await start('t-89abcdef')}`;
  for (const [args, answer] of [
    [[], '< denied'],
    [['--replay-session'], '< joined'],
  ] as const) {
    const { ended, flows } = await replayed(t, recording.capture, ['--replay-to', to, ...args]);
    t.equal(ended.code, 0, ended.stderr);
    t.ok(flows[0]!.messages.includes(answer), `${answer} in ${flows[0]!.messages}`);
  }
});
