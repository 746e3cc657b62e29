import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import t from 'tap';
import { ListenError } from '../../../../src/engine/errors.js';
import { loadSocketOptions } from '../../../../src/engine/listen/platform/socket-options.js';

const LINUX = { skip: process.platform !== 'linux' && 'the numbers of options are those of Linux' };
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_RCVBUF = 8;

t.test('reads and sets options of real sockets', LINUX, async (t) => {
  const options = await loadSocketOptions();
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect(port, '127.0.0.1');
  const [socket] = await accepted;
  t.teardown(() => {
    client.destroy();
    socket.destroy();
  });

  const value = Buffer.alloc(4);
  t.equal(options.set(server, SOL_SOCKET, SO_REUSEADDR, 0), undefined);
  t.equal(options.set(server, SOL_SOCKET, SO_RCVBUF, 100_000), undefined);
  t.equal(options.get(socket, SOL_SOCKET, SO_RCVBUF, value), undefined);
  t.ok(value.readUInt32LE() > 0);
  t.equal(options.get(socket, SOL_SOCKET, 9999, value), 'ENOPROTOOPT');
  t.equal(options.set(server, SOL_SOCKET, 9999, 1), 'ENOPROTOOPT');

  socket.destroy();
  t.equal(options.get(socket, SOL_SOCKET, SO_RCVBUF, value), 'EBADF', 'a closed one');
  server.close();
  t.equal(options.set(server, SOL_SOCKET, SO_RCVBUF, 1), 'EBADF');
});

t.test('says which package is missing', async (t) => {
  const loading = loadSocketOptions('package-that-is-not-there');
  await t.rejects(loading, ListenError);
  await t.rejects(
    loading,
    /needs the package package-that-is-not-there to .*, and it is not installed\. Install .*--include=optional/,
  );
  await t.rejects(
    loadSocketOptions('data:text/javascript,throw new Error("no library")'),
    /does not work here: no library/,
  );
});
