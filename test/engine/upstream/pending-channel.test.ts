import t from 'tap';
import { LeaveController } from '../../../src/engine/net/leave-signal.js';
import { PendingChannel } from '../../../src/engine/upstream/pending-channel.js';
import type { ServerChannel } from '../../../src/engine/upstream/server-channel.js';
import { FakeChannel } from '../../support/fake-channel.js';
import { later } from '../../support/later.js';

/** A connection that is opened when `open` is called. */
function opening() {
  let resolve!: (channel: ServerChannel | Error) => void;
  const promise = new Promise<ServerChannel | Error>((done) => {
    resolve = done;
  });
  const channel = new FakeChannel() as unknown as ServerChannel;
  const signal = new LeaveController();
  const pending = new PendingChannel(promise, signal);
  const passed: ServerChannel[] = [];
  const listen = (): void => pending.whenOpen((each) => passed.push(each));
  return { channel, signal, pending, passed, listen, open: resolve };
}

t.test('the connection is passed to the listener once it is open', async (t) => {
  for (const [name, isEarly] of [
    ['that waits for it', true],
    ['that comes later', false],
  ] as const) {
    const { channel, pending, passed, listen, open } = opening();
    if (isEarly) listen();
    open(channel);
    await later();
    if (!isEarly) listen();
    await later();
    t.same(passed, [channel], name);
    t.equal(pending.take(), undefined, 'and is taken');
    pending.dispose();
    await later();
    t.notOk(channel.destroyed, 'it belongs to the listener');
  }
});

t.test('it is not passed', async (t) => {
  t.test('if a request has taken it', async (t) => {
    const { channel, pending, passed, listen, open } = opening();
    listen();
    const taken = pending.take();
    open(channel);
    t.equal(await taken, channel);
    t.same(passed, []);
  });

  t.test('if it could not be opened, or is closed again: the next request finds out', async (t) => {
    for (const isClosed of [true, false]) {
      const { channel, pending, passed, listen, open } = opening();
      const end = isClosed ? channel : new Error('refused');
      open(end);
      channel.destroy();
      listen();
      await later();
      t.same(passed, []);
      t.equal(await pending.take(), end);
    }
  });

  t.test('if the client has left: it is closed', async (t) => {
    const { channel, signal, passed, listen, open } = opening();
    listen();
    signal.abort();
    open(channel);
    await later();
    t.same(passed, []);
    t.ok(channel.destroyed);
  });
});
