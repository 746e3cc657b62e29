import { Socket } from 'node:net';
import t, { type Test } from 'tap';
import { openTcp } from '../../../src/engine/dial/direct.js';
import { Lookups } from '../../../src/engine/dial/lookups.js';
import { OwnConnections } from '../../../src/engine/own-connections.js';
import { RawOrigin } from '../../support/raw-origin.js';

function options(t: Test, from: string | undefined) {
  const client = new Socket();
  t.teardown(() => client.destroy());
  return { from, timeout: 10, client, own: new OwnConnections(), lookups: new Lookups() };
}

t.test('from an address of ours', async (t) => {
  const origin = await RawOrigin.start(t);
  for (const [from, expected] of [
    [undefined, '127.0.0.1'],
    ['127.0.0.2', '127.0.0.2'],
  ]) {
    for (const host of ['127.0.0.1', 'localhost']) {
      const socket = await openTcp([host, origin.port], options(t, from));
      t.equal(socket.localAddress, expected, `${from} to ${host}`);
      socket.destroy();
    }
  }
});

t.test('what has no address of its family', async (t) => {
  const cases: [host: string, from: string, message: string][] = [
    ['::1', '127.0.0.2', 'it has no IPv4 address, and connections are to come from 127.0.0.2'],
    ['127.0.0.1', '::1', 'it has no IPv6 address, and connections are to come from ::1'],
  ];
  for (const [host, from, message] of cases) {
    await t.rejects(openTcp([host, 9], options(t, from)), { message }, `${from} to ${host}`);
  }
});

t.test('an address that is not ours', async (t) => {
  const origin = await RawOrigin.start(t);
  await t.rejects(openTcp(['127.0.0.1', origin.port], options(t, '192.0.2.1')), {
    message: 'connections are to come from 192.0.2.1, which is no address of this machine',
  });
});

t.test('a client that has left, or leaves meanwhile', async (t) => {
  const origin = await RawOrigin.start(t);
  const gone = options(t, undefined);
  gone.client.destroy();
  await t.rejects(openTcp(['127.0.0.1', origin.port], gone), { name: 'ClientGoneError' });
});
