import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Test } from 'tap';
import t from 'tap';
import type { ClientContext } from '../../../../src/engine/client/client-context.js';
import { ClientGoneError, ListenError } from '../../../../src/engine/errors.js';
import type { ConnectionTarget } from '../../../../src/engine/listen/modes/mode.js';
import { loadPlatform, TransparentMode } from '../../../../src/engine/listen/modes/transparent.js';
import type { Platform } from '../../../../src/engine/listen/platform/platform.js';
import { SocketChannel } from '../../../../src/engine/net/channel.js';
import { type Address, ClientConnection } from '../../../../src/flow/connection.js';

interface Entered {
  entrance: Promise<ConnectionTarget>;
  socket: Socket;
  /** The client's end. */
  client: Socket;
  context: ClientContext;
  errors: string[];
}

/** Takes a client in whose connection was going where the platform says. */
async function resolveTarget(
  t: Test,
  originalDestination: Platform['originalDestination'],
  loops: { isOwnListener?: boolean; isOwnConnection?: boolean } = {},
): Promise<Entered> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect((server.address() as { port: number }).port, '127.0.0.1').on('error', () => {});
  const [socket] = await accepted;
  t.teardown(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  const errors: string[] = [];
  const connection = new ClientConnection();
  connection.peer = ['127.0.0.1', 4000];
  const context = {
    client: connection,
    signal: new AbortController().signal,
    services: {
      options: { connectionStrategy: 'lazy' },
      log: { error: (message: string) => void errors.push(message) },
      isOwnListener: () => loops.isOwnListener ?? false,
      outboundSockets: { has: () => loops.isOwnConnection ?? false },
    },
  } as unknown as ClientContext;
  const mode = new TransparentMode({ prepare: () => [], originalDestination });
  const entrance = mode.resolveTarget(context, new SocketChannel(socket));
  return { entrance, socket, client, context, errors };
}

const WEB: Address = ['198.51.100.2', 80];

t.test('a destination that is determined synchronously or asynchronously', async (t) => {
  for (const answer of [() => WEB, async () => WEB]) {
    const { entrance, context, errors } = await resolveTarget(t, answer);
    const entered = await entrance;
    if (entered.kind !== 'routed') throw new Error(entered.kind);
    const { scheme, host, port, open } = entered.route;
    t.same({ scheme, host, port, open }, { scheme: 'http', host: '198.51.100.2', port: 80, open: undefined });
    t.same(context.client.local, WEB, 'for the client that is the other end');
    t.same(errors, []);
  }
});

t.test('a connection without a destination is closed, and logged', async (t) => {
  const cases: [string, Platform['originalDestination'], Parameters<typeof resolveTarget>[2], RegExp][] = [
    ['no answer', failing, {}, /^Transparent mode failure: no idea\.$/],
    ['no answer, later', async () => failing(), {}, /^Transparent mode failure: no idea\.$/],
    ['made to us', () => WEB, { isOwnListener: true }, /to 198\.51\.100\.2:80 was made directly/],
    [
      'made by us',
      () => WEB,
      { isOwnConnection: true },
      /tsdump's own; exempt its user from the redirection \(docs\/transparent\.md\)\.$/,
    ],
  ];
  for (const [name, answer, loops, reason] of cases) {
    const { entrance, socket, errors } = await resolveTarget(t, answer, loops);
    t.same(await entrance, { kind: 'ended' }, name);
    t.equal(socket.destroyed, true, name);
    t.match(errors, [reason], name);
  }
});

t.test('a client that disconnects during the lookup', async (t) => {
  let answer: () => void = () => {};
  const asking = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const { entrance, socket, errors } = await resolveTarget(t, () => asking.then(failing));
  socket.destroy();
  answer();
  await t.rejects(entrance, ClientGoneError);
  t.same(errors, []);
});

t.test('the platform prepares the listener', async (t) => {
  const listeners: Server[] = [];
  const prepare = (listener: Server): string[] => {
    listeners.push(listener);
    return ['no TPROXY'];
  };
  const mode = new TransparentMode({ prepare, originalDestination: failing });
  const server = createServer();
  t.same(mode.prepare(server), ['no TPROXY']);
  t.same(listeners, [server]);
});

function failing(): never {
  throw new Error('no idea');
}

t.test('unsupported systems', async (t) => {
  for (const name of ['win32', 'sunos', 'aix'] as const) {
    await t.rejects(loadPlatform(name), ListenError, name);
    await t.rejects(loadPlatform(name), new RegExp(`^Transparent mode does not work on ${name}`));
  }
});

t.test('on OpenBSD the local address is the destination', async (t) => {
  const system = await loadPlatform('openbsd');
  const socket = { localAddress: '198.51.100.2', localPort: 443 } as Socket;
  t.same(await system.originalDestination(socket), ['198.51.100.2', 443]);
  t.same(system.prepare({} as never), []);
});
