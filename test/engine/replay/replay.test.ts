import t, { type Test } from 'tap';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import type { HttpFlow } from '../../../src/flow/flow.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { answering, OK, RawOrigin } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { TestProxy, type TestProxyOptions } from '../../support/test-proxy.js';
import { counting } from '../hooks/support.js';

/** Sends each request once more, and keeps what came of it. */
function again(replayed: HttpFlow[], change: (flow: HttpFlow) => void = () => {}): Addon {
  return {
    response: async (flow) => {
      if (flow.isReplay) return;
      const copy = flow.copy();
      change(copy);
      replayed.push(await copy.replay());
    },
  };
}

t.test('a replay is a recorded flow with hooks, whose response can be read', async (t) => {
  const hooks: string[] = [];
  const replayed: HttpFlow[] = [];
  const notes: Addon = {
    requestHeaders: (flow) => void hooks.push(`requestHeaders ${flow.isReplay}`),
    flowEnd: (flow) => void hooks.push(`flowEnd ${flow.isReplay}`),
  };
  const { client, origin, proxy, url } = await setup(t, counting(OK), {
    addons: [
      notes,
      again(replayed, ({ request }) => {
        request.path = '/again';
      }),
    ],
  });
  client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc`);
  await client.has(OK);
  await proxy.flow(2);
  t.same(hooks, ['requestHeaders undefined', 'requestHeaders request', 'flowEnd request', 'flowEnd undefined']);
  t.same(
    origin.connections.map(({ text }) => text),
    ['POST /', 'POST /again'].map((line) => `${line} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc`),
  );
  const [flow] = replayed;
  t.equal(await flow!.response!.body.text(), 'ok');
  t.equal(await flow!.request.body.text(), 'abc');
  t.not(flow!.id, proxy.ended[1]!.flow.id);
});

t.test('its response can become that of the original flow', async (t) => {
  const addon: Addon = {
    response: async (flow) => {
      if (flow.isReplay || flow.response!.statusCode !== 503) return;
      flow.response = (await flow.replay()).response;
    },
  };
  const { client, url } = await setup(
    t,
    async (wire, index) => {
      await wire.has('\r\n\r\n');
      wire.send(index === 0 ? 'HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n' : OK);
    },
    { addons: [addon] },
  );
  client.send(`GET ${url}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
  await client.has('ok');
  t.equal(client.text, OK);
});

t.test('content on disk stays as long as the flow is in use', async (t) => {
  const SIZE = 300_000;
  const replayed: HttpFlow[] = [];
  const { client, proxy, url } = await setup(
    t,
    counting(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n${'x'.repeat(SIZE)}`),
    { addons: [again(replayed)], spool: new SpoolPolicy({ memoryPerBody: 1000 }) },
  );
  client.send(`GET ${url}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
  await proxy.flow(2);
  t.equal((await replayed[0]!.response!.body.bytes()).length, SIZE);
});

t.test('it uses the upstream proxy of its listener', async (t) => {
  const modes: [name: string, mode: (origin: RawOrigin) => string, expected: (origin: RawOrigin) => string][] = [
    ['regular', () => 'regular', () => 'GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n'],
    [
      'reverse',
      ({ authority }) => `reverse:http://${authority}`,
      ({ authority }) => `GET /x HTTP/1.1\r\nHost: ${authority}\r\n\r\n`,
    ],
    [
      'upstream',
      ({ authority }) => `upstream:http://${authority}`,
      ({ authority }) => `GET http://${authority}/x HTTP/1.1\r\nHost: a.test\r\n\r\n`,
    ],
  ];
  for (const [name, mode, expected] of modes) {
    await t.test(name, async (t) => {
      const replayed: HttpFlow[] = [];
      const { origin, proxy } = await start(t, mode, { addons: [again(replayed)] });
      const client = await proxy.connect();
      const target = name === 'reverse' ? '/x' : `http://${origin.authority}/x`;
      client.send(`GET ${target} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
      await proxy.flow(2);
      t.same(
        origin.connections.map(({ text }) => text),
        [expected(origin), expected(origin)],
      );
      t.equal(await replayed[0]!.response!.body.text(), 'ok');
    });
  }
  await t.test('of several, and of another program', async (t) => {
    const origin = await RawOrigin.start(t, answering(OK, OK, OK));
    const replayed: HttpFlow[] = [];
    const mode = [`upstream:http://${origin.authority}`, 'regular'];
    const proxy = await TestProxy.start(t, { addons: [again(replayed)], options: { mode } });
    const client = await import('../../support/wire.js').then(({ Wire }) => Wire.connect(proxy.ports[1]!));
    client.send(`GET http://${origin.authority}/x HTTP/1.1\r\nHost: a\r\n\r\n`);
    await proxy.flow(2);
    t.match(origin.connections[1]!.text, /^GET \/x /, 'the regular one goes direct');
    const foreign = replayed[0]!.copy();
    foreign.client.mode = 'local:curl';
    await foreign.replay();
    t.match(origin.connections[2]!.text, /^GET http:/, 'else the first mode counts');
    client.socket.destroy();
  });
});

t.test('requests that cannot be replayed', async (t) => {
  const errors: string[] = [];
  const note = (error: { code: string }): void => void errors.push(error.code);
  let kept: HttpFlow | undefined;
  const addon: Addon = {
    requestHeaders: async (flow) => {
      kept = flow;
      await flow.replay().catch(note);
    },
    httpConnect: async (flow) => void (await flow.replay().catch(note)),
  };
  const { client, proxy, url } = await setup(t, counting(OK), { addons: [addon] });
  client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc`);
  await client.has(OK);
  client.send(`CONNECT 127.0.0.1:1 HTTP/1.1\r\n\r\n`);
  await proxy.flow(2);
  t.same(errors, ['ERR_REPLAY', 'ERR_REPLAY'], 'a body that is still to come, and CONNECT');
  await proxy.engine.stop(0);
  await t.rejects(kept!.replay(), { code: 'ERR_FLOW_NOT_LIVE' });
});

async function start(t: Test, mode: (origin: RawOrigin) => string, options: TestProxyOptions) {
  const origin = await RawOrigin.start(t, counting(OK));
  const proxy = await TestProxy.start(t, { ...options, options: { mode: [mode(origin)] } });
  return { origin, proxy };
}
