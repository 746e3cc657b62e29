import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import t from 'tap';
import { ListenError } from '../../../../src/engine/errors.js';
import { linux, loadSocketOptions, type SocketOptions } from '../../../../src/engine/listen/platform/linux.js';

const V4 = '02000050c63364020000000000000000';

const v6 = (address: string, scope = '00000000'): string => `0a0001bb00000000${address}${scope}`;

const socket = (localAddress?: string, localPort?: number): Socket => ({ localAddress, localPort }) as Socket;

/** The kernel's answer, in hex or as the name of an error, by level and option. */
function kernel(answers: Record<string, string>): SocketOptions {
  return {
    get: (_, level, option, into) => {
      const answer = answers[`${level} ${option} ${into.length}`] ?? 'UNEXPECTED';
      if (/^E|^U/.test(answer)) return answer;
      into.write(answer, 'hex');
      return undefined;
    },
    set: () => 'UNEXPECTED',
  };
}

t.test('asks for the family of the connection', async (t) => {
  const system = linux(
    kernel({
      '0 80 16': V4,
      '41 80 28': v6('20010db8000200000000000000000002'),
    }),
  );
  t.same(system.originalDestination(socket('192.0.2.1', 8080)), ['198.51.100.2', 80]);
  t.same(system.originalDestination(socket('::ffff:192.0.2.1', 8080)), ['198.51.100.2', 80], 'mapped');
  t.same(system.originalDestination(socket('2001:db8:1::1', 8080)), ['2001:db8:2::2', 443]);
});

t.test('a link-local address comes with its interface', async (t) => {
  const scoped = (scope: string): unknown =>
    linux(kernel({ '41 80 28': v6('fe800000000000000000000000000001', scope) })).originalDestination(socket('::1', 1));
  const [name, own] =
    Object.entries(networkInterfaces())
      .map(([name, all]) => [name, all?.find(({ family }) => family === 'IPv6')] as const)
      .find(([, address]) => address) ?? [];
  if (own?.family === 'IPv6' && own.scopeid > 0) {
    const number = Buffer.from(new Uint32Array([own.scopeid]).buffer).toString('hex');
    t.same(scoped(number), [`fe80::1%${name}`, 443]);
  }
  t.same(scoped('ffffff7f'), [`fe80::1%${new Uint32Array(new Uint8Array([255, 255, 255, 127]).buffer)[0]}`, 443]);
});

t.test('a connection without translation has its local address as destination', async (t) => {
  for (const error of ['ENOENT', 'ENOPROTOOPT']) {
    const system = linux(kernel({ '0 80 16': error, '41 80 28': error }));
    t.same(system.originalDestination(socket('198.51.100.2', 80)), ['198.51.100.2', 80], error);
    t.same(system.originalDestination(socket('::ffff:198.51.100.2', 80)), ['198.51.100.2', 80], `${error}, mapped`);
    t.same(system.originalDestination(socket('2001:db8:2::2', 80)), ['2001:db8:2::2', 80], `${error}, IPv6`);
  }
});

t.test('failures', async (t) => {
  const system = linux(kernel({ '0 80 16': 'EBADF' }));
  t.throws(
    () => system.originalDestination(socket('192.0.2.1', 8080)),
    /does not report the connection's destination \(EBADF\)/,
  );
  t.throws(() => system.originalDestination(socket()), /closed already/);
});

t.test('a listener gets IP_TRANSPARENT if permitted', async (t) => {
  const listener = (family: string, address: string): Server =>
    ({ address: () => ({ family, address, port: 8080 }) }) as unknown as Server;
  const remarks = (own: Server, error: string | undefined): string[] => {
    const set: SocketOptions['set'] = (_, level, option, value) => {
      const expected = own.address() && /IPv4/.test(JSON.stringify(own.address())) ? '0 19 1' : '41 75 1';
      return `${level} ${option} ${value}` === expected ? error : 'UNEXPECTED';
    };
    return linux({ ...kernel({}), set }).prepare(own);
  };
  for (const [family, everywhere, loopback] of [
    ['IPv4', '0.0.0.0', '127.0.0.1'],
    ['IPv6', '::', '::1'],
  ] as const) {
    t.same(remarks(listener(family, everywhere), undefined), []);
    t.same(remarks(listener(family, everywhere), 'EPERM'), [
      'works with REDIRECT rules, but not with TPROXY rules (they need root or CAP_NET_ADMIN)',
    ]);
    t.match(remarks(listener(family, everywhere), 'ENOPROTOOPT'), [/\(ENOPROTOOPT\)$/]);
    t.match(remarks(listener(family, loopback), undefined), [
      /local traffic only, and with TPROXY rules for any traffic$/,
    ]);
    t.match(remarks(listener(family, loopback), 'EPERM'), [/local traffic only, and without TPROXY rules/]);
  }
});

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
