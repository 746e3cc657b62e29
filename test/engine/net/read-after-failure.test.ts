import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Worker } from 'node:worker_threads';
import t, { type Test } from 'tap';
import { FAILED, readAfterFailure } from '../../../src/engine/net/read-after-failure.js';
import { selfSigned } from '../../support/identity.js';

interface Pair {
  ours: Socket;
  /** It reads nothing. */
  theirs: Socket;
  /** What happens to ours, in order. */
  events: string[];
  closed: Promise<unknown>;
}

async function pair(t: Test): Promise<Pair> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ours = connectTcp({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  const [theirs] = (await once(server, 'connection')) as [Socket];
  theirs.on('error', () => {});
  t.teardown(() => {
    ours.destroy();
    theirs.destroy();
    server.close();
  });
  return { ours, theirs, ...observe(ours) };
}

function observe(ours: Socket): Pick<Pair, 'events' | 'closed'> {
  readAfterFailure(ours);
  const events: string[] = [];
  ours.on(FAILED, () => events.push('failed'));
  ours.on('error', (error: NodeJS.ErrnoException) => events.push(String(error.code)));
  ours.on('end', () => events.push(ours.errored ? 'end with an error' : 'end'));
  return { events, closed: once(ours, 'close').catch(() => {}) };
}

function read({ ours, events }: Pick<Pair, 'ours' | 'events'>): void {
  ours.on('data', (bytes) => events.push(String(bytes)));
}

/** The peer says something and closes. As it has not read all, its kernel resets the connection. */
function answerAndClose({ ours, theirs }: Pair): void {
  ours.write('unread');
  theirs.write('answer');
  theirs.destroy();
}

/** The ways of writing that end in a failure, all in the turn in which the reset came. */
const WRITES: Record<string, (socket: Socket) => void> = {
  'one write': (socket) => void socket.write('more'),
  'several in one': (socket) => {
    socket.cork();
    for (const text of ['more', 'and more']) socket.write(text);
    socket.uncork();
  },
  'one after the other': (socket) => {
    for (const text of ['more', 'and more', 'and more']) socket.write(text);
  },
  'more than the kernel takes': (socket) => void socket.write(Buffer.alloc(20_000_000)),
};

for (const [how, write] of Object.entries(WRITES)) {
  t.test(`what had come is read after a failed write: ${how}`, async (t) => {
    const scene = await pair(t);
    const { ours, events, closed } = scene;
    read(scene);
    answerAndClose(scene);
    write(ours);
    await closed;
    t.same(events.slice(0, 3), ['failed', 'answer', 'end with an error']);
    t.match(events[3], /^(ECONNRESET|EPIPE)$/);
  });

  t.test(`the same with TLS: ${how}`, async (t) => {
    const steps = new Int32Array(new SharedArrayBuffer(4));
    const port = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(TLS_PEER, { eval: true, workerData: { steps, port, ...selfSigned() } });
    t.teardown(() => worker.terminate());
    await once(worker, 'message');
    const ours = connectTls({ port: port[0]!, host: '127.0.0.1', rejectUnauthorized: false });
    const { events, closed } = observe(ours);
    await once(ours, 'secureConnect');
    ours.allowHalfOpen = true;
    read({ ours, events });
    ours.write('first');
    await once(worker, 'message');
    ours.write('unread');
    Atomics.store(steps, 0, 1);
    Atomics.notify(steps, 0);
    // Nothing is read here before the reset has come.
    t.not(Atomics.wait(steps, 0, 1, 10_000), 'timed-out');
    write(ours);
    await closed;
    t.same(events.slice(0, 2), ['failed', 'answer']);
    t.match(events.at(-1), /^(ECONNRESET|EPIPE)$/);
  });
}

/** Answers and closes without reading all, while the thread of the test waits. */
const TLS_PEER = `
  const { parentPort, workerData: { steps, port, key, cert } } = require('node:worker_threads');
  const server = require('node:tls').createServer({ key, cert }, (stream) => {
    stream.on('error', () => {});
    stream.once('data', () => {
      stream.pause();
      stream._handle.readStop();
      parentPort.postMessage('first');
      Atomics.wait(steps, 0, 0);
      stream.write('answer', () => raw.destroy());
      raw.once('close', () => {
        Atomics.store(steps, 0, 2);
        Atomics.notify(steps, 0);
      });
    });
  });
  let raw;
  server.on('connection', (socket) => (raw = socket));
  server.listen(0, '127.0.0.1', () => {
    port[0] = server.address().port;
    parentPort.postMessage('listening');
  });
`;

t.test('writes after the failure are dropped and do not fail', async (t) => {
  const scene = await pair(t);
  const { ours, events, closed } = scene;
  answerAndClose(scene);
  ours.write('fails');
  await new Promise<void>((resolve, reject) => ours.write('dropped', (error) => (error ? reject(error) : resolve())));
  t.same(events, ['failed'], 'the socket lives while it is not read');
  read(scene);
  await closed;
  t.same(events.slice(1, 3), ['answer', 'end with an error']);
});

t.test('buffered data is read after a failed read', async (t) => {
  const scene = await pair(t);
  const { ours, theirs, events, closed } = scene;
  theirs.write('answer');
  await once(ours, 'readable');
  t.equal(ours.readableLength, 6);
  theirs.resetAndDestroy();
  await once(ours, FAILED);
  t.equal(ours.destroyed, false);
  ours.removeAllListeners('readable');
  read(scene);
  await closed;
  t.same(events, ['failed', 'answer', 'end with an error', 'ECONNRESET']);
});

t.test('buffered data is read after a failure of TLS', async (t) => {
  const scene = await pair(t);
  const { ours, theirs, events, closed } = scene;
  theirs.write('answer');
  await once(ours, 'readable');
  ours.destroy(Object.assign(new Error('bad record'), { code: 'ERR_SSL_BAD_RECORD' }));
  t.same([ours.destroyed, ours.readableLength], [false, 6]);
  ours.removeAllListeners('readable');
  read(scene);
  await closed;
  t.same(events, ['failed', 'answer', 'end with an error', 'ERR_SSL_BAD_RECORD']);
});

t.test('a socket without buffered data fails at once', async (t) => {
  await t.test('on a read', async (t) => {
    const scene = await pair(t);
    read(scene);
    scene.theirs.resetAndDestroy();
    await scene.closed;
    t.same(scene.events, ['ECONNRESET']);
  });
  await t.test('on a write, after the peer has half-closed', async (t) => {
    const scene = await pair(t);
    read(scene);
    scene.ours.write('unread');
    scene.theirs.end();
    await once(scene.ours, 'end');
    scene.theirs.destroy();
    scene.ours.write('more');
    await scene.closed;
    t.match(scene.events.join(), /^end,(EPIPE|ECONNRESET)$/);
  });
});
