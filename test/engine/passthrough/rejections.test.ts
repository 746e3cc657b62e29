import t from 'tap';
import { Rejections } from '../../../src/engine/passthrough/rejections.js';
import { ClientConnection } from '../../../src/flow/connection.js';

function client(address: string): ClientConnection {
  const connection = new ClientConnection();
  connection.peer = [address, Math.floor(Math.random() * 60_000)];
  return connection;
}

const target = { host: 'pinned.test', port: 443 };

t.test('what is said counts at once, silence the second time', (t) => {
  const rejections = new Rejections();
  const [one, two] = [client('192.0.2.1'), client('192.0.2.2')];
  rejections.note(one, target, true);
  t.ok(rejections.has(client('192.0.2.1'), { host: 'PINNED.test', port: 443 }));
  t.ok(rejections.has(one, { ...target, host: 'pinned.test.' }), 'the same host');
  t.notOk(rejections.has(one, { ...target, port: 8443 }), 'another port');
  t.notOk(rejections.has(one, { ...target, host: 'x.pinned.test' }), 'another host');
  t.notOk(rejections.has(two, target), 'another client');
  rejections.note(two, target, false);
  t.notOk(rejections.has(two, target));
  rejections.note(two, target, false);
  t.ok(rejections.has(two, target));
  t.end();
});

t.test('a connection that came to something begins the count anew', (t) => {
  const rejections = new Rejections();
  const one = client('192.0.2.1');
  rejections.note(one, target, false);
  rejections.forget(one, target);
  rejections.note(one, target, false);
  t.notOk(rejections.has(one, target));
  t.end();
});

t.test('is bounded, and keeps what is used', (t) => {
  const rejections = new Rejections();
  const one = client('192.0.2.1');
  rejections.note(one, target, true);
  for (let count = 0; count < 3000; count++) {
    rejections.note(one, { host: `h${count}.test`, port: 443 }, true);
    if (count % 500 === 0) t.ok(rejections.has(one, target));
  }
  t.equal(rejections.size, 1000);
  t.notOk(rejections.has(one, { host: 'h0.test', port: 443 }));
  t.end();
});
