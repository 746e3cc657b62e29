import type { Socket } from 'node:net';
import t from 'tap';
import { ListenError } from '../../../../src/engine/errors.js';
import { loadPlatform } from '../../../../src/engine/listen/platform/load-platform.js';

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
