import { once } from 'node:events';
import { connect, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { TestProxy } from '../../support/test-proxy.js';
import { until } from '../../support/until.js';
import { frame, KEY, TEXT } from '../websocket/frames.js';

async function listening(t: Test, server: { listen(port: number, host: string): unknown; close(): unknown }) {
  server.listen(0, '127.0.0.1');
  await once(server as Http2Server, 'listening');
  t.teardown(() => server.close());
  return ((server as Http2Server).address() as AddressInfo).port;
}

/** A client that has connected to a proxy in front of the port. */
async function through(t: Test, port: number) {
  const proxy = await TestProxy.start(t, { options: { mode: [`reverse:http://127.0.0.1:${port}`] } });
  const client = connect(`http://127.0.0.1:${proxy.port}`);
  client.on('error', () => {});
  t.teardown(() => client.destroy());
  return { proxy, client };
}

t.test('a WebSocket over HTTP/2 on both sides', async (t) => {
  const server = createServer({ settings: { enableConnectProtocol: true } });
  let protocol: unknown;
  server.on('stream', (stream: ServerHttp2Stream, fields) => {
    stream.on('error', () => {});
    if (fields[':method'] !== 'CONNECT') {
      stream.respond({ ':status': 200 });
      stream.end();
      return;
    }
    protocol = fields[':protocol'];
    stream.respond({ ':status': 200 });
    stream.once('data', () => {
      stream.write(frame({ opcode: TEXT, payload: 'answer' }));
      stream.end();
    });
  });
  const { proxy, client } = await through(t, await listening(t, server));
  // The server is connected to, and its settings arrive.
  const first = client.request({ ':path': '/' });
  first.resume();
  await once(first, 'close');
  await until(() => client.remoteSettings?.enableConnectProtocol === true, 'the setting');
  const socket = client.request(
    {
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':scheme': 'http',
      ':path': '/chat',
      'sec-websocket-version': '13',
    },
    { endStream: false },
  );
  const [head] = (await once(socket, 'response')) as [Record<string, unknown>];
  t.equal(head[':status'], 200);
  const received: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  socket.write(frame({ opcode: TEXT, payload: 'question', key: KEY }));
  await once(socket, 'end');
  socket.end();
  t.same(Buffer.concat(received), frame({ opcode: TEXT, payload: 'answer' }));
  t.equal(protocol, 'websocket');
  const { flow, messages } = await proxy.http(2);
  t.match(flow.request, { method: 'CONNECT', protocol: 'websocket', path: '/chat' });
  t.match(flow.request.url, /^http:\/\/127\.0\.0\.1:\d+\/chat$/);
  t.equal(flow.response?.statusCode, 200);
  t.same(messages, ['> question', '< answer']);
  t.ok(flow.websocket, 'its messages are parsed');
});

t.test('a server that does not offer it: it is not offered to the client', async (t) => {
  const server = createServer();
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': 200 });
    stream.end();
  });
  const { client } = await through(t, await listening(t, server));
  const first = client.request({ ':path': '/' });
  first.resume();
  await once(first, 'close');
  t.notOk(client.remoteSettings.enableConnectProtocol);
});
