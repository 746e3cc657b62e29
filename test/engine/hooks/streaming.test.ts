import t from 'tap';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { setup } from '../../support/setup.js';
import { counting, FLOW_HOOKS, recorder, through } from './support.js';

const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n';
const POST = `POST URL/ HTTP/1.1\r\nHost: a\r\n${CHUNKED}`;
const ONE_CHUNK = '\r\n\r\n2\r\nab\r\n0\r\n\r\n';

t.test('an addon chooses whether a message is held', async (t) => {
  const cases: [name: string, request: boolean | undefined, response: boolean | undefined, held: [boolean, boolean]][] =
    [
      ['left to the hooks', undefined, undefined, [true, true]],
      ['streams', true, true, [false, false]],
      ['held', false, false, [true, true]],
    ];
  for (const [name, request, response, held] of cases) {
    for (const listens of [true, false]) {
      await t.test(`${name}, ${listens ? 'with' : 'without'} hooks for whole messages`, async (t) => {
        const seen: string[] = [];
        const addon: Addon = {
          ...(listens ? recorder(seen, false, FLOW_HOOKS) : {}),
          requestHeaders: (flow) => {
            seen.push('requestHeaders');
            flow.request.stream = request;
          },
          responseHeaders: (flow) => {
            seen.push('responseHeaders');
            flow.response!.stream = response;
          },
        };
        const { sent, got } = await through(t, addon, POST, `HTTP/1.1 200 OK\r\n${CHUNKED}`);
        const expected = listens || request !== undefined ? held : [false, false];
        t.same([sent.endsWith(ONE_CHUNK), got.endsWith(ONE_CHUNK)], expected);
        if (listens) t.same(seen, ['requestHeaders', 'request', 'responseHeaders', 'response', 'flowEnd']);
      });
    }
  }
});

t.test('an event stream is held if an addon sets stream to false', async (t) => {
  const addon: Addon = {
    responseHeaders: ({ response }) => {
      response!.stream = false;
    },
    response: ({ response }) => response!.body.set('all of it'),
  };
  const { got } = await through(
    t,
    addon,
    'GET URL/ HTTP/1.1\r\nHost: a\r\n\r\n',
    `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n${CHUNKED}`,
  );
  t.match(got, /\r\n\r\n9\r\nall of it\r\n0\r\n\r\n$/);
});

t.test('an answer during the upload of a request that streams: `request` comes when all of it is there', async (t) => {
  const seen: string[] = [];
  const addon: Addon = {
    ...recorder(seen, true, FLOW_HOOKS),
    requestHeaders: (flow) => {
      flow.request.stream = true;
    },
  };
  const { client, origin, proxy, url } = await setup(
    t,
    async (wire) => {
      await wire.has('ab');
      wire.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    },
    { addons: [addon] },
  );
  client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab`);
  await client.has('\r\n\r\n');
  client.send('cd');
  await origin.connections[0]!.has('abcd');
  await proxy.flow();
  t.same(seen, ['responseHeaders', 'response', 'request', 'flowEnd']);
});

t.test('a streamed request that fails', async (t) => {
  const seen: string[] = [];
  const addon: Addon = {
    ...recorder(seen, false, FLOW_HOOKS),
    requestHeaders: (flow) => {
      flow.request.stream = true;
    },
  };
  const { client, proxy, url } = await setup(
    t,
    async (wire) => {
      await wire.has('abcd');
      wire.end();
    },
    { addons: [addon] },
  );
  client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd`);
  await proxy.flow();
  t.same(seen, ['request', 'error', 'flowEnd']);
});

t.test('without a body `request` is called before the request is sent, and may answer', async (t) => {
  const { HttpResponse } = await import('../../../src/flow/http/http-response.js');
  const addon: Addon = {
    requestHeaders: (flow) => {
      flow.request.stream = true;
    },
    request: (flow) => {
      flow.response = HttpResponse.make(418);
    },
  };
  const { got, sent } = await through(t, addon, 'GET URL/ HTTP/1.1\r\nHost: a\r\n\r\n');
  t.match(got, /^HTTP\/1\.1 418/);
  t.equal(sent, '');
});

t.test('a streamed request can be killed', async (t) => {
  const addon: Addon = {
    requestHeaders: (flow) => {
      flow.request.stream = true;
    },
    request: (flow) => flow.kill(),
  };
  const { client, proxy, url } = await setup(t, counting('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'), {
    addons: [addon],
  });
  client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab`);
  t.equal((await proxy.http()).flow.error?.message, 'Connection killed.');
});
