import type { Socket } from 'node:net';
import t from 'tap';
import { localAddress } from '../../../../src/engine/listen/platform/platform.js';
import { unmapped } from '../../../../src/flow/text/ip-address.js';

t.test('addresses', async (t) => {
  t.same(localAddress({ localAddress: '::FFFF:10.0.0.1', localPort: 1 } as Socket), ['10.0.0.1', 1]);
  t.throws(() => localAddress({} as Socket), /closed already/);
  for (const [address, expected] of [
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:a00:1', '::ffff:a00:1'],
    ['::1', '::1'],
  ] as const) {
    t.equal(unmapped(address), expected);
  }
});
