import t from 'tap';
import { DistrustCache } from '../../../../src/engine/client/passthrough/distrust-cache.js';
import { ClientConnection } from '../../../../src/flow/connection.js';

function client(address: string): ClientConnection {
  const connection = new ClientConnection();
  connection.peer = [address, Math.floor(Math.random() * 60_000)];
  return connection;
}

const target = { host: 'pinned.test', port: 443 };

t.test('an alert counts at once, a silent close the second time', (t) => {
  const distrust = new DistrustCache();
  const [one, two] = [client('192.0.2.1'), client('192.0.2.2')];
  distrust.note(one, target, true, 0);
  t.ok(distrust.has(client('192.0.2.1'), { host: 'PINNED.test', port: 443 }));
  t.ok(distrust.has(one, { ...target, host: 'pinned.test.' }), 'the same host');
  t.notOk(distrust.has(one, { ...target, port: 8443 }), 'another port');
  t.notOk(distrust.has(one, { ...target, host: 'x.pinned.test' }), 'another host');
  t.notOk(distrust.has(two, target), 'another client');
  distrust.note(two, target, false, 0);
  t.notOk(distrust.has(two, target));
  distrust.note(two, target, false, 0);
  t.ok(distrust.has(two, target));
  t.end();
});

/** A client's connections to the target, with a clock that stands still. */
function connections() {
  const one = client('192.0.2.1');
  let now = 0;
  const distrust = new DistrustCache(() => now);
  const open = (spoke = () => false, age = 0) => distrust.opened(one, target, age, spoke);
  const closeSilently = (connection = open()): boolean => {
    const counts = connection.closedSilently();
    connection.ended();
    return counts;
  };
  const pass = (milliseconds: number): void => {
    now += milliseconds;
  };
  return { one, distrust, open, closeSilently, pass };
}

t.test('a silent close counts only right after the handshake', async (t) => {
  for (const [after, counts] of [
    [0, true],
    [900, true],
    [1100, false],
    [10_000, false],
  ] as const) {
    const { one, distrust, open, closeSilently, pass } = connections();
    for (let count = 0; count < 3; count++) {
      const connection = open();
      pass(after);
      if (count > 0) connection.clientEnded();
      if (count > 1) pass(5000);
      t.equal(closeSilently(connection), counts, `after ${after} ms`);
    }
    t.equal(distrust.has(one, target), counts);
  }
});

t.test('a used connection resets the count', async (t) => {
  const { one, distrust, open, closeSilently, pass } = connections();
  closeSilently();
  pass(10);
  const used = open();
  used.used();
  used.ended();
  pass(10);
  t.ok(closeSilently());
  t.notOk(distrust.has(one, target));
  t.ok(closeSilently());
  t.ok(distrust.has(one, target));
});

t.test('unused spare connections do not count', async (t) => {
  const { one, distrust, open, closeSilently, pass } = connections();
  const [first, second] = [open(), open()];
  let spoke = false;
  const used = open(() => spoke);
  spoke = true;
  t.notOk(closeSilently(first), 'the client uses another one');
  t.notOk(closeSilently(), 'also one that was opened later');
  distrust.note(one, target, false, 0);
  t.notOk(distrust.has(one, target), 'also inside the handshake');
  used.used();
  used.ended();
  t.notOk(closeSilently(second), 'it has used another one meanwhile');
  pass(10);
  t.ok(closeSilently(), 'that is over');
  distrust.note(one, target, true, 0);
  t.ok(distrust.has(one, target), 'what it says counts in any case');
});

t.test('a connection that was made before the client used another one does not count', async (t) => {
  const { one, distrust, open, closeSilently, pass } = connections();
  const used = open();
  pass(500);
  used.used();
  used.ended();
  pass(200);
  const never = () => false;
  t.notOk(closeSilently(open(never, 300)), 'its handshake ended after that');
  t.notOk(distrust.note(one, target, false, 300), 'also inside the handshake');
  t.ok(closeSilently(open(never, 100)), 'made afterwards');
  t.ok(distrust.note(one, target, false, 100));
  t.ok(distrust.has(one, target));
});

t.test('the cache is bounded, and keeps recently used entries', (t) => {
  const distrust = new DistrustCache();
  const one = client('192.0.2.1');
  distrust.note(one, target, true, 0);
  for (let count = 0; count < 3000; count++) {
    distrust.note(one, { host: `h${count}.test`, port: 443 }, true, 0);
    if (count % 500 === 0) t.ok(distrust.has(one, target));
  }
  t.equal(distrust.size, 1000);
  t.notOk(distrust.has(one, { host: 'h0.test', port: 443 }));
  t.end();
});
