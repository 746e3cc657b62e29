import t from 'tap';
import type { Addon, HookName } from '../../../src/flow/hooks/hooks.js';
import { later } from '../../support/later.js';
import { answering, OK } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { counting, FLOW_HOOKS, HOOKS, recorder } from './support.js';

const HOOKS_OF_EXCHANGE =
  'clientConnected requestHeaders request serverConnect serverConnected responseHeaders response flowEnd'.split(' ');

t.test('hooks that throw are reported, and the flow continues', async (t) => {
  const seen: string[] = [];
  const fail = () => {
    throw new Error('addon');
  };
  for (const asynchronous of [false, true]) {
    await t.test(asynchronous ? 'asynchronous' : 'synchronous', async (t) => {
      seen.length = 0;
      const hook = asynchronous ? () => later().then(fail) : fail;
      const thrower: Addon = { name: 'thrower', ...Object.fromEntries(HOOKS.map((name) => [name, hook])) };
      const { client, proxy, url } = await setup(t, counting(OK), {
        addons: [thrower, recorder(seen, false, FLOW_HOOKS)],
      });
      client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc`);
      await client.has(OK);
      const { flow } = await proxy.http();
      t.equal(flow.error, undefined);
      t.same(seen, ['requestHeaders', 'request', 'responseHeaders', 'response', 'flowEnd']);
      const reported = proxy.hookErrors.map(({ hook, addon, error }) => `${addon} ${hook} ${error.message}`);
      t.same(
        reported,
        HOOKS_OF_EXCHANGE.map((name) => `thrower ${name} addon`),
      );
    });
  }
});

t.test('hooks of one flow are serialized, those of different flows are not', async (t) => {
  let release = () => {};
  const addon: Addon = {
    requestHeaders: (flow) =>
      flow.request.path === '/slow' ? new Promise((resolve) => (release = resolve)) : undefined,
  };
  const { client, proxy, url } = await setup(t, counting(OK), { addons: [addon] });
  const other = await proxy.connect();
  client.send(`GET ${url}/slow HTTP/1.1\r\n\r\n`);
  other.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
  await other.has(OK);
  t.equal(client.size, 0);
  release();
  await client.has(OK);
});

t.test('a client that disconnects during a hook', async (t) => {
  const cases: (readonly HookName[])[] = [
    ['clientConnected'],
    ['requestHeaders'],
    ['request'],
    ['serverConnect'],
    ['serverConnected'],
    ['responseHeaders'],
    ['response'],
  ];
  for (const [name] of cases) {
    for (const reset of [false, true]) {
      await t.test(`${name}, ${reset ? 'reset' : 'end'}`, async (t) => {
        let release = () => {};
        let begun = false;
        const addon: Addon = {
          [name!]: () => {
            begun = true;
            return new Promise<void>((resolve) => (release = resolve));
          },
        };
        const gone: string[] = [];
        const { client, proxy, url } = await setup(t, counting(OK), {
          addons: [addon, { clientDisconnected: () => void gone.push('gone') }],
        });
        client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
        while (!begun) await later();
        if (reset) client.reset();
        else client.socket.destroy();
        for (let turn = 0; turn < 10; turn++) await later();
        release();
        while (gone.length === 0) await later();
        if (reset && name !== 'clientConnected') t.equal((await proxy.http()).flow.error?.code, 'client-disconnected');
        t.ok(proxy.ended.length <= 1);
      });
    }
  }
});

t.test('a server that disconnects during a hook', async (t) => {
  for (const name of ['serverConnected', 'responseHeaders', 'response'] as const) {
    await t.test(name, async (t) => {
      let release = () => {};
      let begun = false;
      const addon: Addon = {
        [name]: () => {
          begun = true;
          return new Promise<void>((resolve) => (release = resolve));
        },
      };
      const { client, origin, proxy, url } = await setup(t, counting(OK), { addons: [addon] });
      client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 1\r\n\r\nx`);
      while (!begun) await later();
      (await origin.connection()).reset();
      for (let turn = 0; turn < 10; turn++) await later();
      release();
      if (name === 'serverConnected') t.match(await client.whole(), /^HTTP\/1\.1 502 /);
      else await client.has(OK);
      const { flow } = await proxy.http();
      t.equal(flow.error === undefined, name !== 'serverConnected');
    });
  }
});

t.test('a pooled connection that the server closes while the request is held', async (t) => {
  let release: (() => void) | undefined;
  const addon: Addon = {
    request: (flow) =>
      flow.request.path === '/slow' ? new Promise<void>((resolve) => (release = resolve)) : undefined,
  };
  const { client, origin, proxy, url } = await setup(t, answering(OK, OK), { addons: [addon] });
  client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
  await client.has(OK);
  client.send(`POST ${url}/slow HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody`);
  while (!release) await later();
  origin.connections[0]!.end();
  for (let turn = 0; turn < 10; turn++) await later();
  release();
  await client.has(OK, 2);
  t.match(origin.connections[1]?.text, /POST \/slow.*body/s, 'nothing was sent yet, so it goes to a new one');
  t.equal((await proxy.http(2)).flow.error, undefined);
});
