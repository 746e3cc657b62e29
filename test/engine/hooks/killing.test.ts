import t from 'tap';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { later } from '../../support/later.js';
import { setup } from '../../support/setup.js';
import { type Change, counting, FLOW_HOOKS, PLAIN, recorder, through } from './support.js';

t.test('a kill in the error hook suppresses the error page', async (t) => {
  for (const kill of [false, true]) {
    const seen: string[] = [];
    const addon: Addon = { error: (flow) => void (kill && flow.kill()) };
    const { client, proxy, url } = await setup(t, (wire) => wire.reset(), {
      addons: [recorder(seen, false, FLOW_HOOKS), addon],
    });
    client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 0\r\n\r\n`);
    if (kill) t.equal(await client.whole(), '');
    else t.match(await client.whole(), /^HTTP\/1.1 502 /);
    const { flow } = await proxy.http();
    t.not(flow.error?.code, 'killed', 'the error is the one of before');
    t.same(seen, ['requestHeaders', 'request', 'error', 'flowEnd']);
  }
});

t.test('an addon kills', async (t) => {
  for (const asynchronous of [false, true]) {
    for (const hook of ['requestHeaders', 'request', 'responseHeaders', 'response'] as const) {
      await t.test(`in ${hook}${asynchronous ? ', later' : ''}`, async (t) => {
        const seen: string[] = [];
        const kill: Change = asynchronous ? (flow) => later().then(() => flow.kill()) : (flow) => flow.kill();
        const { client, origin, proxy, url } = await setup(t, counting(PLAIN), {
          addons: [recorder(seen, false, FLOW_HOOKS), { [hook]: kill }],
        });
        client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc`);
        t.equal(await client.whole(), '', 'no answer');
        t.ok(client.ended, 'the connection is closed properly');
        t.equal(origin.connections.length, hook.startsWith('response') ? 1 : 0);
        const { flow } = await proxy.http();
        t.equal(flow.error?.code, 'killed');
        const all = ['requestHeaders', 'request', 'responseHeaders', 'response'];
        t.same(seen, [...all.slice(0, all.indexOf(hook) + 1), 'error', 'flowEnd']);
      });
    }
    for (const hook of ['httpConnect', 'tcpStart', 'tcpMessage'] as const) {
      await t.test(`in ${hook}${asynchronous ? ', later' : ''}`, async (t) => {
        const kill = (argument: { kill(): void } | { flow: { kill(): void } }) =>
          ('flow' in argument ? argument.flow : argument).kill();
        const addon: Addon = { [hook]: asynchronous ? (argument: never) => later().then(() => kill(argument)) : kill };
        const { client, origin, proxy } = await setup(t, () => {}, { addons: [addon] });
        client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n\0x`);
        if (hook === 'httpConnect') t.equal(await client.whole(), '');
        else t.equal(await client.over(), 'ECONNRESET');
        const { flow } = await proxy.flow();
        t.equal(flow.error?.code, 'killed');
        t.equal(flow.type, hook === 'httpConnect' ? 'http' : 'tcp');
        t.equal(origin.connections[0]?.size ?? 0, 0, 'nothing went on');
      });
    }
  }
  await t.test('in clientConnected and serverConnect, by an error', async (t) => {
    const refusing = await setup(t, () => {}, {
      addons: [
        {
          clientConnected: (client) => {
            client.error = 'no';
          },
        },
      ],
    });
    t.equal(await refusing.client.whole(), '');
    const found = await through(
      t,
      {
        serverConnect: ({ server }) => {
          server.error = 'not there';
        },
      },
      'GET URL/ HTTP/1.1\r\n\r\n',
    );
    t.match(found.got, /^HTTP\/1\.1 502 .*not there/s);
    t.equal((await found.proxy.http()).flow.error?.message, 'not there');
    t.equal(found.origin.connections.length, 0);
  });
});
