import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { later } from '../../support/later.js';
import { OK, type RawOrigin, type Script } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import type { Wire } from '../../support/wire.js';
import { counting, recorder } from './support.js';

/** An exchange for which a connection to the server is opened, and one that uses it again. */
const EXCHANGE = 'requestHeaders request serverConnect serverConnected responseHeaders response flowEnd';
const NEXT_EXCHANGE = 'requestHeaders request responseHeaders response flowEnd';
const PAGE = readFileSync(join(import.meta.dirname, '../../../../docs/hooks.md'), 'utf8');
const TCP = 'tcpStart tcpMessage tcpMessage serverDisconnected tcpEnd flowEnd';

t.test('hooks are called in order, each once, synchronous or not', async (t) => {
  const cases: [
    name: string,
    act: (client: Wire, origin: RawOrigin) => Promise<void>,
    script: Script,
    expected: string,
  ][] = [
    [
      'an exchange',
      async (client, origin) => {
        client.send(`POST http://${origin.authority}/ HTTP/1.1\r\nContent-Length: 1\r\n\r\nx`);
        await client.has(OK);
      },
      counting(OK),
      `clientConnected ${EXCHANGE}`,
    ],
    [
      'two exchanges on a connection',
      async (client, origin) => {
        for (const count of [1, 2]) {
          client.send(`GET http://${origin.authority}/ HTTP/1.1\r\n\r\n`);
          await client.has(OK, count);
        }
      },
      counting(OK),
      `clientConnected ${EXCHANGE} ${NEXT_EXCHANGE}`,
    ],
    [
      'HTTP inside CONNECT',
      async (client, origin) => {
        client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n`);
        await client.has(OK);
      },
      counting(OK),
      `clientConnected httpConnect serverConnect serverConnected ${NEXT_EXCHANGE}`,
    ],
    [
      'something else inside CONNECT',
      async (client, origin) => {
        client.end(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n\0`);
        await client.whole();
      },
      async (wire) => {
        await wire.whole();
        wire.end('\xff');
      },
      `clientConnected httpConnect serverConnect serverConnected ${TCP} clientDisconnected`,
    ],
    [
      'a request that is refused',
      async (client, origin) => {
        client.end(`GET http://${origin.authority}/ HTTP/1.1\r\nA : 1\r\n\r\n`);
        await client.whole();
      },
      () => {},
      'clientConnected error flowEnd clientDisconnected',
    ],
    [
      'a server that cannot be reached',
      async (client, origin) => {
        origin.close();
        client.end(`GET http://${origin.authority}/ HTTP/1.1\r\n\r\n`);
        await client.whole();
      },
      () => {},
      'clientConnected requestHeaders request serverConnect serverConnectError error flowEnd clientDisconnected',
    ],
    [
      'CONNECT to a server that cannot be reached',
      async (client, origin) => {
        origin.close();
        client.end(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
        await client.whole();
      },
      () => {},
      'clientConnected httpConnect serverConnect serverConnectError httpConnectError flowEnd clientDisconnected',
    ],
    [
      'an upgrade',
      async (client, origin) => {
        client.end(`GET http://${origin.authority}/ HTTP/1.1\r\nUpgrade: x\r\n\r\nbehind`);
        await client.whole();
      },
      async (wire) => {
        await wire.has('\r\n\r\n');
        wire.send('HTTP/1.1 101 Hi\r\n\r\n');
        await wire.until(() => wire.ended, 'the end');
        wire.end();
      },
      'clientConnected requestHeaders request serverConnect serverConnected responseHeaders response serverDisconnected flowEnd clientDisconnected',
    ],
  ];
  t.ok(PAGE.includes(`\n    ${cases[0]![3]}\n`), 'docs/hooks.md shows an exchange');
  for (const asynchronous of [false, true]) {
    for (const [name, act, script, hooks] of cases) {
      const expected = hooks.split(' ');
      await t.test(`${name}${asynchronous ? ', asynchronous' : ''}`, async (t) => {
        const seen: string[] = [];
        const { client, origin, proxy } = await setup(t, script, { addons: [recorder(seen, asynchronous)] });
        await act(client, origin);
        await proxy.flow(expected.filter((hook) => hook === 'flowEnd').length);
        if (expected.includes('clientDisconnected')) await client.over();
        // When a connection is closed is not a matter of the flow.
        const comparable = (hooks: string[]) => hooks.filter((hook) => !hook.endsWith('Disconnected'));
        t.same(comparable(seen), comparable(expected));
        if (!expected.includes('clientDisconnected')) return;
        while (!seen.includes('clientDisconnected')) await later();
        t.equal(seen.at(-1) === 'clientDisconnected' || seen.at(-1) === 'serverDisconnected', true);
        t.equal(
          new Set(seen.filter((hook) => hook.endsWith('Disconnected'))).size,
          seen.filter((hook) => hook.endsWith('Disconnected')).length,
          'once',
        );
      });
    }
  }
});
