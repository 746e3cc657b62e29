import t, { type Test } from 'tap';
import type { HttpFlow } from '../../../../src/flow/flow.js';
import { Headers } from '../../../../src/flow/http/headers.js';
import { HttpResponse } from '../../../../src/flow/http/http-response.js';
import { MessageLog } from '../../../../src/flow/message-log/message-log.js';
import { TestProxy } from '../../../support/test-proxy.js';
import type { Wire } from '../../../support/wire.js';
import { capture, exchange, policy, replayOf } from '../recorded.js';

const UPGRADE: [string, string][] = [
  ['Upgrade', 'echo/1'],
  ['Connection', 'Upgrade'],
];
const HEAD = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo/1\r\nConnection: Upgrade\r\n\r\n';
const REQUEST = 'GET http://a.test/raw HTTP/1.1\r\nHost: a.test\r\n';

/** An upgraded connection: `>` is sent by the client, `<` by the server. */
function upgraded(said: readonly string[], error?: string): HttpFlow {
  const flow = exchange({ url: 'http://a.test/raw', status: 0, request: UPGRADE });
  const headers = Headers.from(UPGRADE);
  const reason = 'Switching Protocols';
  flow.response = new HttpResponse({ statusCode: 101, reason, httpVersion: 'HTTP/1.1', headers });
  flow.response.body.complete = true;
  flow.response.timestampStart = 1002;
  const messages = new MessageLog();
  messages.keepIn(policy);
  for (const [at, text] of said.entries()) {
    const content = Buffer.from(text.slice(1));
    messages.append({ fromClient: text.startsWith('>'), opcode: 2, timestamp: 1003 + at / 100, content });
  }
  flow.messages = messages;
  if (error !== undefined) flow.error = { message: error, timestamp: 1010, code: error };
  return flow;
}

async function open(t: Test, flow: HttpFlow, latency = 0): Promise<{ wire: Wire; lines: string[]; proxy: TestProxy }> {
  const lines: string[] = [];
  const response = { refresh: false, latency, policy };
  const replay = await replayOf(t, [await capture(t, [flow])], { lines, response });
  const proxy = await TestProxy.start(t, { addons: [replay] });
  const wire = await proxy.connect();
  wire.send(`${REQUEST}Upgrade: echo/1\r\nConnection: Upgrade\r\n\r\n`);
  await wire.has(HEAD);
  return { wire, lines, proxy };
}

t.test('the bytes of the server come after as many of the client as before', async (t) => {
  for (const latency of [0, 1]) {
    const { wire, lines, proxy } = await open(t, upgraded(['<welcome', '>abc', '>def', '<one', '>x', '<two']), latency);
    await wire.has('welcome');
    wire.send('abcd');
    wire.send('efx');
    t.equal(await wire.whole(), `${HEAD}welcomeonetwo`);
    wire.end();
    const { flow } = await proxy.http(1);
    t.equal(flow.isReplay, 'response');
    t.same(lines, []);
  }
});

t.test('a client that sends something else is answered, and reported once', async (t) => {
  const { wire, lines } = await open(t, upgraded(['>abc', '<one', '>def', '<two']));
  wire.send('ab!d!f');
  t.equal(await wire.whole(), `${HEAD}onetwo`);
  t.equal(lines.length, 1);
});

t.test('a client that ends early gets no more', async (t) => {
  const { wire } = await open(t, upgraded(['<one', '>abc', '<two']));
  await wire.has('one');
  wire.end('ab');
  t.equal(await wire.whole(), `${HEAD}one`);
});

t.test('a connection that broke off breaks off again', async (t) => {
  const { wire, proxy } = await open(t, upgraded(['<one'], 'ECONNRESET'));
  await wire.until(() => wire.closed, 'the end');
  t.equal(wire.text, `${HEAD}one`);
  const { flow } = await proxy.http(1);
  t.not(flow.error, undefined);
});

t.test('which requests an upgrade answers', async (t) => {
  const table: [name: string, fields: string, isHit: boolean][] = [
    ['the same', 'Connection: keep-alive, upgrade\r\nUpgrade: ECHO/1\r\n', true],
    ['no upgrade', '', false],
    ['another protocol', 'Connection: upgrade\r\nUpgrade: echo/2\r\n', false],
    ['not for this connection', 'Upgrade: echo/1\r\n', false],
    ['a WebSocket', 'Connection: upgrade\r\nUpgrade: websocket\r\n', false],
  ];
  for (const [name, fields, isHit] of table) {
    const replay = await replayOf(t, [await capture(t, [upgraded(['<one'])])], { extra: 404 });
    const proxy = await TestProxy.start(t, { addons: [replay] });
    const wire = await proxy.connect();
    wire.send(`${REQUEST}${fields}\r\n`);
    await wire.has(isHit ? 'HTTP/1.1 101 ' : 'HTTP/1.1 404 ');
    t.equal(replay.results.misses, isHit ? 0 : 1, name);
  }
});
