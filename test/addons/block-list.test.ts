import t, { type Test } from 'tap';
import { BlockList } from '../../src/addons/block-list.js';
import type { HttpFlow } from '../../src/flow/flow.js';
import type { Addon } from '../../src/flow/hooks/hooks.js';
import { OK, type Script } from '../support/raw-origin.js';
import { setup } from '../support/setup.js';

async function ask(t: Test, specs: string[], path: string, body = '', others: Addon[] = []) {
  const addons = [...specs.map((spec) => BlockList.parse(spec, '1.2.3')), ...others];
  const script: Script = async (wire) => {
    await wire.has('\r\n\r\n');
    wire.send(OK);
  };
  const { client, proxy, origin, url } = await setup(t, script, { addons });
  const head = `Host: x\r\nUser-Agent: robot\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
  client.send(`POST ${url}${path} HTTP/1.1\r\n${head}${body}`);
  await client.whole();
  if (!client.closed) client.end();
  const over = await client.over();
  const { flow } = await proxy.http();
  return { flow, got: client.text, over, asked: origin.connections.length };
}

t.test('matching requests get the status, others are forwarded', async (t) => {
  const cases: [specs: string[], path: string, status: number | undefined][] = [
    [['/~u ads/404'], '/ads', 404],
    [['/~u ads/404'], '/news', undefined],
    [['|~u /ads/|403'], '/ads/x', 403],
    [['/~u ads/404', '/~u a/410'], '/ads', 404],
    [['/~u no/404', '/~u ads/410'], '/ads', 410],
    [[':~h robot:204'], '/', 204],
    [[':~bq secret:451'], '/', 451],
    [[':~bq nothing:451'], '/', undefined],
    [[':~c 200:451'], '/', undefined],
  ];
  for (const [specs, path, status] of cases) {
    const { flow, got, asked } = await ask(t, specs, path, 'secret');
    t.equal(flow.response?.statusCode, status ?? 200, `${specs} ${path}`);
    t.equal(flow.metadata.blocklisted, status === undefined ? undefined : true);
    t.equal(asked, status === undefined ? 1 : 0, 'the server is not asked');
    if (status === undefined) t.ok(got.endsWith('\r\n\r\nok'));
    else {
      t.match(got, new RegExp(`^HTTP/1\\.1 ${status} `));
      t.match(got, /\r\nServer: tsdump 1\.2\.3\r\n/);
      t.ok(got.endsWith('\r\n\r\n'), 'without a body');
    }
  }
});

t.test('requests are blocked as the client has sent them', async (t) => {
  const changes: Addon = {
    name: 'changes',
    requestHeaders({ request }) {
      request.path = '/changed';
      request.headers.set('X-New', '1');
    },
    request: () => {},
  };
  const cases: [spec: string, status: number][] = [
    ['/~u original/404', 404],
    [':~u changed:404', 200],
    ['/~h X-New/404', 200],
    [':~bq secret:451', 451],
  ];
  for (const [spec, status] of cases) {
    const { flow } = await ask(t, [spec], '/original', 'secret', [changes]);
    t.equal(flow.response?.statusCode, status, spec);
  }
});

t.test('a name is met whichever way a client writes it', async (t) => {
  const hosts = ['good.test', 'good.test.', 'GOOD.test.', '%67ood.test', 'ｇood.test'];
  const specs = [
    '/~d ^good\\.test$/403',
    '|~u ^http://good\\.test/x$|403',
    '|~u ^http://good\\.test:81/x$|403',
    '|~g good.test/x|403',
  ];
  for (const spec of specs) {
    for (const host of hosts) {
      const { client } = await setup(t, undefined, { addons: [BlockList.parse(spec, '1.2.3')] });
      const authority = Buffer.from(spec.includes(':81') ? `${host}:81` : host).toString('latin1');
      client.send(`GET http://${authority}/x HTTP/1.1\r\n\r\n`);
      await client.has('HTTP/1.1 403 ');
    }
  }
  const { client } = await setup(t, undefined, { addons: [BlockList.parse('/~d ^bücher\\.test$/403', '1.2.3')] });
  client.send('GET http://xn--bcher-kva.test/ HTTP/1.1\r\n\r\n');
  await client.has('HTTP/1.1 403 ');
});

t.test('444 closes without an answer', async (t) => {
  const { flow, got, over, asked } = await ask(t, ['/~u ads/444'], '/ads');
  t.equal(got, '');
  t.equal(over, 'end');
  t.equal(asked, 0);
  t.equal(flow.killed, true);
  t.equal(flow.response, undefined);
  t.equal(flow.error?.message, 'Connection killed.');
});

t.test('a request that has a response already is left alone', (t) => {
  const addon = BlockList.parse('/~all/404', '1');
  const flow = { response: {}, metadata: {} } as unknown as HttpFlow;
  addon.requestHeaders(flow);
  t.same(flow.metadata, {});
  t.end();
});

t.test('bad specs', (t) => {
  const cases: [spec: string, message: RegExp][] = [
    ['', /expected \/FILTER\/STATUS/],
    ['/', /expected \/FILTER\/STATUS/],
    ['/~d x', /expected \/FILTER\/STATUS/],
    ['/~d x/404/', /expected \/FILTER\/STATUS/],
    ['/~d x/no', /expected a status from 200 to 599, or 444 for no response, not "no"/],
    ['/~d x/101', /expected a status/],
    ['/~d x/600', /expected a status/],
    ['/~d x/', /expected a status/],
    ['/~nope x/404', /Invalid filter expression, column 1/],
    ['//404', /Invalid filter expression/],
  ];
  for (const [spec, message] of cases) t.throws(() => BlockList.parse(spec, '1'), { message }, spec);
  t.end();
});
