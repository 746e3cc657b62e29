import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import type { UpstreamConnection } from '../../../src/engine/http/wire.js';
import { Deadlines } from '../../../src/engine/net/deadlines.js';
import { SharedConnections } from '../../../src/engine/upstream/shared-connections.js';

class FakeConnection {
  closed = false;
  usable = true;
  onUnusable = (): void => {};
  canTake(): boolean {
    return this.usable && !this.closed;
  }
  close(): void {
    this.closed = true;
  }
}

type Fake = FakeConnection & UpstreamConnection;
const fake = (): Fake => new FakeConnection() as unknown as Fake;
const terms = (key: string, idleSeconds = 30) => ({ key, place: `${key}:80`, idleSeconds });

async function settled(): Promise<void> {
  for (let count = 0; count < 3; count++) await turn();
}

t.test('a connection is lent only after what had arrived was read', async (t) => {
  const shared = new SharedConnections(new Deadlines());
  const connection = fake();
  t.ok(shared.offer(connection, terms('a')));
  t.equal(shared.take('a'), undefined, 'not at once');
  t.ok(shared.leadsTo('a:80'));
  await settled();
  t.equal(shared.take('b'), undefined, 'another key');
  t.equal(shared.take('a'), connection);
  t.equal(shared.take('a'), undefined, 'to one client');
  t.notOk(shared.leadsTo('a:80'));
  shared.stop();
});

t.test('its own client may have it at once, unless another client has taken it', async (t) => {
  const shared = new SharedConnections(new Deadlines());
  const connection = fake();
  shared.offer(connection, terms('a'));
  t.ok(shared.reclaim(connection));
  t.notOk(shared.reclaim(connection));
  shared.offer(connection, terms('a'));
  await settled();
  shared.take('a');
  t.notOk(shared.reclaim(connection));
  shared.stop();
});

t.test('the one that was used last is taken, and unusable ones are closed', async (t) => {
  const shared = new SharedConnections(new Deadlines());
  const connections = [fake(), fake(), fake()];
  for (const each of connections) shared.offer(each, terms('a'));
  await settled();
  connections[2]!.usable = false;
  connections[1]!.onUnusable();
  t.equal(shared.take('a'), connections[0]);
  t.same(
    connections.map(({ closed }) => closed),
    [false, true, true],
  );
  t.equal(shared.size, 0);
  shared.stop();
});

t.test('bounds', async (t) => {
  const shared = new SharedConnections(new Deadlines());
  const same = Array.from({ length: 40 }, fake);
  for (const each of same) shared.offer(each, terms('same'));
  t.equal(shared.size, 32);
  t.equal(same.filter(({ closed }) => closed).length, 8, 'those that have been idle longest are closed');
  t.ok(same[0]!.closed);
  for (let at = 0; at < 300; at++) shared.offer(fake(), terms(`key ${at}`));
  t.equal(shared.size, 256);
  shared.stop();
  t.equal(shared.size, 0);
  t.notOk(shared.offer(fake(), terms('a')), 'nothing is taken after the end');
});

t.test('a connection that may not be idle is not taken', (t) => {
  const shared = new SharedConnections(new Deadlines());
  t.notOk(shared.offer(fake(), terms('a', 0)));
  shared.stop();
  t.end();
});

t.test('a connection that has been idle too long is closed', async (t) => {
  const shared = new SharedConnections(new Deadlines());
  const connection = fake();
  shared.offer(connection, terms('a', 0.001));
  await settled();
  const end = performance.now() + 2;
  while (performance.now() < end);
  t.equal(shared.take('a'), undefined);
  t.ok(connection.closed);
  shared.stop();
});
