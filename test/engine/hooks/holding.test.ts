import t, { type Test } from 'tap';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import type { FlowFilter, Phase, Verdict } from '../../../src/flow/filter.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { later } from '../../support/later.js';
import { OK, type Script } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { counting, FLOW_HOOKS, PLAIN, recorder, through } from './support.js';

t.test('observers hold nothing', async (t) => {
  const seen: string[] = [];
  const observer: Addon = {
    ...recorder(seen, false, ['requestHeaders', 'responseHeaders', 'flowEnd', 'error']),
    observesBodies: true,
  };
  const { client, origin, proxy, url } = await setup(
    t,
    async (wire) => {
      await wire.has('first');
      wire.send('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\none');
      await wire.has('second');
      wire.send('two');
    },
    { addons: [observer] },
  );
  client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 11\r\n\r\nfirst`);
  await client.has('one');
  t.equal(proxy.ended.length, 0, 'the first half is here while the second is not yet sent');
  client.send('second');
  await client.has('onetwo');
  const { requestBody, responseBody } = await proxy.http();
  t.same([requestBody, responseBody], ['firstsecond', 'onetwo']);
  t.equal(origin.connections.length, 1);
});

t.test('a held message is not forwarded before it is complete', async (t) => {
  let holding = false;
  const { client, origin, proxy, url } = await setup(
    t,
    async (wire) => {
      await wire.has('\r\n\r\n');
      wire.send('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\none');
      await wire.has('never');
    },
    {
      addons: [
        {
          response: () => {},
          responseHeaders: () => {
            holding = true;
          },
        },
      ],
    },
  );
  client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
  await (await origin.connection()).has('GET');
  while (!holding) await later();
  for (let turn = 0; turn < 20; turn++) await later();
  t.equal(client.size, 0);
  origin.connections[0]!.send('two');
  await client.has('onetwo');
  t.equal((await proxy.http()).responseBody, 'onetwo');
});

t.test('event streams', async (t) => {
  const stream =
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n';
  const script: Script = async (wire) => {
    await wire.has('GET');
    wire.send(`${stream}3\r\nabc\r\n`);
  };
  await t.test('are not held, and the hook is called at their end', async (t) => {
    const seen: string[] = [];
    const { client, origin, proxy, url } = await setup(t, script, { addons: [recorder(seen, false, FLOW_HOOKS)] });
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    await client.has('abc');
    t.same(seen, ['requestHeaders', 'request', 'responseHeaders']);
    origin.connections[0]!.send('3\r\ndef\r\n0\r\n\r\n');
    await client.hasBytes(`${stream}3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n`.length);
    t.equal(client.text, `${stream}3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n`);
    await proxy.flow();
    t.same(seen.slice(3), ['response', 'flowEnd']);
  });
  await t.test('are held for addons with hold: always', async (t) => {
    const addon: Addon = { response: (flow) => flow.response!.body.set('changed'), hold: 'always' };
    const { client, origin, url } = await setup(t, script, { addons: [addon] });
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    await (await origin.connection()).has('GET');
    origin.connections[0]!.send('3\r\ndef\r\n0\r\n\r\n');
    await client.hasBytes(`${stream}7\r\nchanged\r\n0\r\n\r\n`.length);
    t.equal(client.text, `${stream}7\r\nchanged\r\n0\r\n\r\n`);
  });
});

t.test('Expect: 100-continue when the request is held', async (t) => {
  const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
  const head = (url: string, version = '1.1') =>
    `POST ${url}/ HTTP/${version}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`;
  const script: Script = async (wire) => {
    await wire.has('hello');
    wire.send('HTTP/1.1 100 Mine\r\n\r\n');
    wire.send(`HTTP/1.1 103 Hints\r\n\r\n${OK}`);
  };
  await t.test('tsdump sends the 100, and drops that of the server', async (t) => {
    const { client, url } = await setup(t, script, { addons: [{ request: () => {} }] });
    client.send(head(url));
    await client.has(CONTINUE);
    client.send('hello');
    await client.hasBytes(`${CONTINUE}HTTP/1.1 103 Hints\r\n\r\n${OK}`.length);
    t.equal(client.text, `${CONTINUE}HTTP/1.1 103 Hints\r\n\r\n${OK}`);
  });
  await t.test('no 100 is sent if the body has arrived already', async (t) => {
    const { client, url } = await setup(t, script, { addons: [{ request: () => {} }] });
    client.send(`${head(url)}hello`);
    await client.hasBytes(`HTTP/1.1 103 Hints\r\n\r\n${OK}`.length);
    t.equal(client.text, `HTTP/1.1 103 Hints\r\n\r\n${OK}`);
  });
  await t.test('HTTP/1.0 clients get no 100', async (t) => {
    const { client, url } = await setup(t, script, { addons: [{ request: () => {} }] });
    client.send(head(url, '1.0'));
    await later();
    client.send('hello');
    await client.hasBytes(OK.length);
    t.equal(client.text, OK);
  });
});

t.test('large held bodies are sent from disk', async (t) => {
  const large = 'x'.repeat(3_000_000);
  const spool = new SpoolPolicy({ memoryPerBody: 1000 });
  const addon: Addon = { request: () => {}, response: () => {} };
  const response = `HTTP/1.1 200 OK\r\nContent-Length: ${large.length}\r\n\r\n${large}`;
  const { client, origin, proxy, url } = await setup(
    t,
    async (wire) => {
      await wire.until(() => wire.text.endsWith(large), 'the request');
      wire.send(response);
    },
    { addons: [addon], spool },
  );
  client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nContent-Length: ${large.length}\r\n\r\n${large}`);
  await client.hasBytes(response.length);
  t.ok(client.text === response);
  t.ok(origin.connections[0]!.text === `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${large.length}\r\n\r\n${large}`);
  t.equal((await proxy.http()).flow.error, undefined);
});

function filter(answers: Partial<Record<Phase, Verdict>>): FlowFilter {
  return { text: 'test', needsBodies: false, evaluate: (_flow, phase) => answers[phase] ?? 'yes' };
}

t.test('filters of addons', async (t) => {
  const cases: [
    name: string,
    answers: Partial<Record<Phase, Verdict>>,
    called: string[],
    requestHeld: boolean,
    responseHeld: boolean,
  ][] = [
    ['yes', {}, ['request', 'response'], true, true],
    ['no', { requestHeaders: 'no', request: 'no', responseHeaders: 'no', response: 'no' }, [], false, false],
    ['later, then yes', { requestHeaders: 'later', responseHeaders: 'later' }, ['request', 'response'], true, true],
    [
      'later, then no, which is for good',
      { requestHeaders: 'later', request: 'no', responseHeaders: 'later', response: 'no' },
      [],
      true,
      false,
    ],
    ['only known by the response', { requestHeaders: 'later', request: 'later' }, ['response'], true, true],
    ['no by the response', { responseHeaders: 'no', response: 'no' }, ['request'], true, false],
  ];
  for (const [name, answers, expected, requestHeld, responseHeld] of cases) {
    await t.test(name, async (t) => {
      const called: string[] = [];
      const addon: Addon = {
        filter: filter(answers),
        request: () => void called.push('request'),
        response: () => void called.push('response'),
      };
      const body = 'Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n';
      const { sent, got } = await through(
        t,
        addon,
        `POST URL/ HTTP/1.1\r\nHost: a\r\n${body}`,
        `HTTP/1.1 200 OK\r\n${body}`,
      );
      t.same(called, expected);
      // A body that was held goes on as one chunk.
      t.equal(sent.endsWith('\r\n\r\n2\r\nab\r\n0\r\n\r\n'), requestHeld, 'request held');
      t.equal(got.endsWith('\r\n\r\n2\r\nab\r\n0\r\n\r\n'), responseHeld, 'response held');
    });
  }
});

t.test('bodies are kept only if an addon or an output reads them', async (t) => {
  const exchange = async (t: Test, addons: Addon[]) => {
    const { client, proxy, url } = await setup(t, counting(PLAIN), { addons, keepBodies: false });
    client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc`);
    await client.has(PLAIN);
    const { flow } = await proxy.http();
    t.same([flow.request.body.size, flow.response!.body.size], [3, 5], 'their size is known');
    t.same([flow.request.body.complete, flow.response!.body.complete], [true, true]);
    return [flow.request.body.kept, flow.response!.body.kept];
  };
  t.same(await exchange(t, []), [false, false]);
  t.same(await exchange(t, [{ requestHeaders: () => {}, responseHeaders: () => {}, flowEnd: () => {} }]), [
    false,
    false,
  ]);
  t.same(await exchange(t, [{ observesBodies: true }]), [true, true]);
  t.same(await exchange(t, [{ request: () => {} }]), [true, false]);
  t.same(await exchange(t, [{ response: () => {} }]), [false, true]);
  t.same(await exchange(t, [{ observesBodies: true, filter: filter({ requestHeaders: 'no' }) }]), [false, true]);
  t.same(await exchange(t, [{ observesBodies: true, filter: filter({ responseHeaders: 'no' }) }]), [true, false]);

  const { client, origin, proxy } = await setup(t, () => {}, { keepBodies: false });
  client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n\0`);
  await (await origin.connection()).has('\0');
  client.end();
  origin.connections[0]!.end();
  const { flow } = await proxy.tcp();
  t.same([flow.messages.count, flow.messages.stored], [1, undefined]);
});
