import t, { type Test } from 'tap';
import type { HttpFlow, WebSocketClose } from '../../../../src/flow/flow.js';
import { Headers } from '../../../../src/flow/http/headers.js';
import { HttpResponse } from '../../../../src/flow/http/http-response.js';
import { type Message, MessageLog } from '../../../../src/flow/message-log/message-log.js';
import { BINARY, CLOSE, closePayload, frame, KEY, PING, PONG, TEXT } from '../../../engine/websocket/frames.js';
import { TestProxy } from '../../../support/test-proxy.js';
import type { Wire } from '../../../support/wire.js';
import { capture, exchange, policy, replayOf } from '../recorded.js';

type Said = [from: '>' | '<', content: string, opcode?: number, more?: Partial<Message>];
const UPGRADE: [string, string][] = [
  ['Upgrade', 'websocket'],
  ['Connection', 'Upgrade'],
];
const HEAD =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';

function conversation(said: readonly Said[], close: Partial<WebSocketClose> = {}, error?: string): HttpFlow {
  const request: [string, string][] = [...UPGRADE, ['Sec-WebSocket-Key', 'recorded']];
  const flow = exchange({ url: 'http://a.test/chat', status: 0, request });
  const headers = Headers.from([
    ...UPGRADE,
    ['Sec-WebSocket-Accept', 'recorded'],
    ['Sec-WebSocket-Extensions', 'permessage-deflate'],
  ]);
  flow.response = new HttpResponse({
    statusCode: 101,
    reason: 'Switching Protocols',
    httpVersion: 'HTTP/1.1',
    headers,
  });
  flow.response.body.complete = true;
  flow.response.timestampStart = 1002;
  const messages = new MessageLog();
  messages.keepIn(policy);
  for (const [at, [from, content, opcode = TEXT, more = {}]] of said.entries()) {
    messages.append({
      fromClient: from === '>',
      opcode,
      timestamp: 1003 + at / 100,
      content: Buffer.from(content),
      ...more,
    });
  }
  flow.messages = messages;
  flow.websocket = { byClient: undefined, code: 1000, reason: '', timestamp: 1010, ...close };
  if (error !== undefined) flow.error = { message: error, timestamp: 1010, code: error };
  return flow;
}

async function open(t: Test, flow: HttpFlow, latency = 0): Promise<{ wire: Wire; lines: string[]; proxy: TestProxy }> {
  const lines: string[] = [];
  const replay = await replayOf(t, [await capture(t, [flow])], {
    lines,
    response: { refresh: false, latency, policy },
  });
  const proxy = await TestProxy.start(t, { addons: [replay] });
  const wire = await proxy.connect();
  wire.send('GET http://a.test/chat HTTP/1.1\r\nHost: a.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n');
  wire.send('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n');
  await wire.has(HEAD);
  return { wire, lines, proxy };
}

const client = (payload: string | Buffer, opcode = TEXT) => frame({ opcode, payload, key: KEY });
const server = (payload: string | Buffer, opcode = TEXT) => frame({ opcode, payload }).toString('latin1');

t.test('each message of the server comes after as many of the client as before', async (t) => {
  const said: Said[] = [
    ['<', 'welcome'],
    ['>', 'one'],
    ['<', 'two'],
    ['<', '3', BINARY],
    ['>', 'four'],
    ['<', 'five'],
  ];
  for (const latency of [0, 1]) {
    const { wire, lines, proxy } = await open(
      t,
      conversation(said, { byClient: false, code: 4000, reason: 'done' }),
      latency,
    );
    await wire.has(HEAD + server('welcome'));
    t.equal(wire.text, HEAD + server('welcome'));
    wire.send(client('one'));
    await wire.has(server('two') + server('3', BINARY));
    wire.send(client('four'));
    await wire.has(server('five') + server(closePayload(4000, 'done'), CLOSE));
    wire.send(client(closePayload(4000), CLOSE));
    await wire.until(() => wire.ended || wire.closed, 'the end');
    wire.end();
    const { flow, messages } = await proxy.http();
    t.same(messages, ['< welcome', '> one', '< two', '< 3', '> four', '< five']);
    t.match(flow.websocket, { byClient: false, code: 4000, reason: 'done' });
    t.equal(flow.error, undefined);
    t.same(lines, []);
  }
});

t.test('another message of the client is reported once, and answered', async (t) => {
  const { wire, lines } = await open(
    t,
    conversation([
      ['>', 'a'],
      ['<', '1'],
      ['>', 'b'],
      ['<', '2'],
    ]),
  );
  wire.send(client('A'));
  await wire.has(server('1'));
  wire.send(client('B'));
  await wire.has(server('2'));
  t.same(lines, ['WebSocket http://a.test/chat: message 1 of the client differs from the recorded one']);
});

t.test('what the client did not send by itself, or did not get', async (t) => {
  const said: Said[] = [
    ['>', 'injected', TEXT, { injected: true }],
    ['<', 'dropped', TEXT, { dropped: true }],
    ['>', 'recorded ping', PING],
    ['<', 'recorded pong', PONG],
    ['<', 'ping of the server', PING],
    ['<', 'hello'],
  ];
  const { wire } = await open(t, conversation(said, { byClient: true }));
  await wire.has(HEAD + server('ping of the server', PING) + server('hello'));
  wire.send(client('live', PING));
  await wire.has(server('live', PONG));
  wire.send(client(closePayload(1001, 'away'), CLOSE));
  await wire.has(server(closePayload(1001, 'away'), CLOSE));
});

t.test('a client that closes early', async (t) => {
  const { wire, proxy } = await open(
    t,
    conversation([
      ['>', 'a'],
      ['<', '1'],
    ]),
  );
  wire.send(client(closePayload(1001), CLOSE));
  await wire.until(() => wire.ended || wire.closed, 'the end');
  wire.end();
  t.match((await proxy.http()).flow.websocket, { byClient: true, code: 1001 });
});

t.test('a connection that broke off breaks off again', async (t) => {
  const { wire } = await open(t, conversation([['<', 'a']], { code: 1006 }, 'connection-closed'));
  await wire.until(() => wire.closed || wire.ended, 'the end');
  t.equal(wire.text.includes(server(closePayload(1006), CLOSE)), false);
});

t.test('another request for the same URL gets no WebSocket', async (t) => {
  const replay = await replayOf(t, [await capture(t, [conversation([])])], { extra: 404 });
  const proxy = await TestProxy.start(t, { addons: [replay] });
  const wire = await proxy.connect();
  wire.send('GET http://a.test/chat HTTP/1.1\r\nHost: a.test\r\n\r\n');
  await wire.has('HTTP/1.1 404 ');
});
