import type { LookupFunction } from 'node:net';
import t from 'tap';
import { DescriptorWatch } from '../../../../src/engine/net/descriptor-watch.js';
import { openTcp } from '../../../../src/engine/upstream/dial/direct.js';
import { Lookups } from '../../../../src/engine/upstream/dial/lookups.js';
import { OutboundSockets } from '../../../../src/engine/upstream/outbound-sockets.js';
import { RawOrigin } from '../../../support/raw-origin.js';

/** Any number of descriptors. */
const ALL = new DescriptorWatch({ error: () => {} }, Number.POSITIVE_INFINITY, () => 0);

function options(from: string | undefined, signal = new AbortController().signal) {
  return { from, timeout: 10, signal, own: new OutboundSockets(), lookups: new Lookups(), descriptors: ALL };
}

t.test('from an address of ours', async (t) => {
  const origin = await RawOrigin.start(t);
  for (const [from, expected] of [
    [undefined, '127.0.0.1'],
    ['127.0.0.2', '127.0.0.2'],
  ]) {
    for (const host of ['127.0.0.1', 'localhost']) {
      const socket = await openTcp([host, origin.port], options(from));
      t.equal(socket.localAddress, expected, `${from} to ${host}`);
      socket.destroy();
    }
  }
});

t.test('what has no address of its family', async (t) => {
  const cases: [host: string, from: string, message: string][] = [
    ['::1', '127.0.0.2', 'it has no IPv4 address, which the local address 127.0.0.2 requires'],
    ['127.0.0.1', '::1', 'it has no IPv6 address, which the local address ::1 requires'],
  ];
  for (const [host, from, message] of cases) {
    await t.rejects(openTcp([host, 9], options(from)), { message }, `${from} to ${host}`);
  }
});

t.test('an address that is not ours', async (t) => {
  const origin = await RawOrigin.start(t);
  await t.rejects(openTcp(['127.0.0.1', origin.port], options('192.0.2.1')), {
    message: 'the local address 192.0.2.1 is not an address of this machine',
  });
});

t.test('a client that has left, or leaves meanwhile', async (t) => {
  const origin = await RawOrigin.start(t);
  const left = AbortSignal.abort();
  await t.rejects(openTcp(['127.0.0.1', origin.port], options(undefined, left)), { name: 'ClientGoneError' });
  const leaves = new AbortController();
  const opening = openTcp(['127.0.0.1', origin.port], options(undefined, leaves.signal));
  leaves.abort();
  await t.rejects(opening, { name: 'ClientGoneError' });
});

t.test('addresses that were remembered and are out of date', async (t) => {
  const origin = await RawOrigin.start(t, undefined, '127.0.0.3');
  let address = '127.0.0.2';
  let count = 0;
  let form: Parameters<LookupFunction>[1] = {};
  const resolve: LookupFunction = (_host, wanted, callback) => {
    count++;
    form = wanted;
    callback(null, [{ address, family: 4 }]);
  };
  const lookups = new Lookups(resolve, undefined, 60);
  const open = () => openTcp(['name.test', origin.port], { ...options(undefined), lookups });
  await t.rejects(open(), { code: 'ECONNREFUSED' });
  t.equal(count, 1, 'those of a look-up of its own are tried once');
  lookups.for(() => true)('name.test', form, () => {});
  t.equal(count, 2, 'a failure is no reason to remember them');
  address = '127.0.0.3';
  for (let time = 0; time < 2; time++) {
    const socket = await open();
    t.equal(socket.remoteAddress, '127.0.0.3');
    socket.destroy();
  }
  t.equal(count, 3, 'the name was looked up once more');
});

t.test('an address is not looked up', async (t) => {
  const origin = await RawOrigin.start(t);
  const lookups = new Lookups(() => t.fail('looked up'));
  const socket = await openTcp(['127.0.0.1', origin.port], { ...options(undefined), lookups });
  socket.destroy();
});

t.test('the last descriptors are for files', async (t) => {
  const origin = await RawOrigin.start(t);
  let free = 7;
  const descriptors = new DescriptorWatch({ error: () => {} }, 8, () => free);
  const refused = { code: 'EMFILE' };
  await t.rejects(openTcp(['127.0.0.1', origin.port], { ...options(undefined), descriptors }), refused);
  free = 6;
  const lookups = new Lookups(((_host, _options, callback) => {
    free = 7;
    setImmediate(callback, null, [{ address: '127.0.0.1', family: 4 }]);
  }) as LookupFunction);
  const named = openTcp(['name.test', origin.port], { ...options(undefined), lookups, descriptors });
  await t.rejects(named, refused, 'taken by others during the look-up');
  t.equal(origin.connections.length, 0);
});
