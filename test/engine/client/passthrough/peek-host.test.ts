import { connect, createServer, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { peekHost } from '../../../../src/engine/client/passthrough/peek-host.js';
import { Deadlines } from '../../../../src/engine/net/deadlines.js';

async function pair(t: Test): Promise<{ client: Socket; socket: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const client = connect({ port: typeof address === 'object' ? address!.port : 0, host: '127.0.0.1', noDelay: true });
  const socket = await accepted;
  t.teardown(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  return { client, socket };
}

const options = (seconds = 10, limit = 1000) => ({ deadline: new Deadlines().create(), seconds, limit });

t.test('the host of a head, however it is split', async (t) => {
  const cases: [head: string, host: string | undefined][] = [
    ['GET / HTTP/1.1\r\nHost: example.com\r\n\r\n', 'example.com'],
    ['GET / HTTP/1.1\r\nAccept: */*\r\nHOST:example.com:8080 \r\nX: y\r\n\r\n', 'example.com:8080'],
    ['GET / HTTP/1.1\nHost: example.com\n\n', 'example.com'],
    ['GET / HTTP/1.1\r\nX-Host: a\r\n\r\nHost: body\r\n', undefined],
    ['GET / HTTP/1.1\r\nHost: \xc3\xa0.test.:81\r\n\r\n', 'xn--0ca.test.:81'],
    ['GET / HTTP/1.1\r\nHost: b%C3%BCcher.test\r\n\r\n', 'xn--bcher-kva.test'],
    ['GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n', '[::1]'],
    ['GET / HTTP/1.1\r\nHost: b\xfccher.test\r\n\r\n', 'b\xfccher.test'],
    ['GET / HTTP/1.0\r\n\r\n', undefined],
    [`GET /${'x'.repeat(1000)} HTTP/1.1\r\nHost: late\r\n\r\n`, undefined],
  ];
  for (const [head, host] of cases) {
    for (const size of [head.length, 1]) {
      const { client, socket } = await pair(t);
      const found = peekHost(socket, options());
      for (let at = 0; at < head.length; at += size) {
        client.write(head.slice(at, at + size), 'latin1');
        if (size === 1) await new Promise(setImmediate);
      }
      t.equal(await found, host, `${JSON.stringify(head.slice(0, 60))} by ${size}`);
      let read = '';
      for await (const chunk of socket) {
        read += (chunk as Buffer).toString('latin1');
        if (read.length >= head.length) break;
      }
      t.equal(read, head, 'all of it is still to be read');
    }
  }
});

t.test('a client that disconnects, and slow ones', async (t) => {
  const leaving = await pair(t);
  leaving.socket.on('error', () => {});
  const left = peekHost(leaving.socket, options(0));
  leaving.client.resetAndDestroy();
  t.equal(await left, undefined, 'without a time limit');
  const ended = await pair(t);
  ended.client.end('GET / HTTP/1.1\r\nHo');
  t.equal(await peekHost(ended.socket, options(0.01)), undefined, 'one that ends its side');
  const slow = await pair(t);
  slow.client.write('GET / HTTP/1.1\r\nHo');
  t.equal(await peekHost(slow.socket, options(0.01)), undefined);
});
