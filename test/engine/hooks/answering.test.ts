import t from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { later } from '../../support/later.js';
import { OK } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';
import { type Change, counting, FLOW_HOOKS, recorder, through } from './support.js';

t.test('an addon sets the response', async (t) => {
  const answer = 'HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 4\r\n\r\nmine';
  for (const hook of ['requestHeaders', 'request'] as const) {
    for (const asynchronous of [false, true]) {
      await t.test(`in ${hook}${asynchronous ? ', later' : ''}`, async (t) => {
        const seen: string[] = [];
        const answering: Change = (flow) => {
          flow.response = HttpResponse.make(200, 'mine', { A: '1' });
        };
        const addon: Addon = {
          [hook]: asynchronous ? (flow: HttpFlow) => later().then(() => answering(flow)) : answering,
        };
        const { client, origin, proxy, url } = await setup(t, counting(OK), {
          addons: [addon, recorder(seen, false, FLOW_HOOKS)],
        });
        for (const count of [1, 2]) {
          client.send(`POST ${url}/ HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc`);
          await client.has(answer, count);
        }
        t.equal(client.text, answer + answer);
        t.equal(origin.connections.length, 0);
        t.same((await proxy.http(2)).requestBody, 'abc');
        const each = ['requestHeaders', 'request', 'responseHeaders', 'response', 'flowEnd'];
        t.same(seen, [...each, ...each]);
        const { flow } = await proxy.http();
        t.ok(flow.response!.timestampStart > 0 && flow.response!.timestampEnd! >= flow.response!.timestampStart);
        t.same([flow.response!.body.complete, flow.error], [true, undefined]);
      });
    }
  }

  await t.test('also with an open connection to the server', async (t) => {
    const seen: string[] = [];
    const addon: Addon = {
      requestHeaders: (flow) => {
        if (flow.request.path === '/mine') flow.response = HttpResponse.make(200, 'mine', { A: '1' });
      },
    };
    const { client, origin, proxy, url } = await setup(t, counting(OK), {
      addons: [addon, recorder(seen, false, FLOW_HOOKS)],
    });
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    await client.has(OK);
    seen.length = 0;
    client.send(`GET ${url}/mine HTTP/1.1\r\n\r\n`);
    await client.has(answer);
    await proxy.flow(2);
    t.same(seen, ['requestHeaders', 'request', 'responseHeaders', 'response', 'flowEnd']);
    client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
    await client.has(OK, 2);
    t.equal(origin.connections.length, 1, 'which serves the next');
  });

  await t.test('several responses on one connection', async (t) => {
    const other: Change = (flow) => {
      flow.response = HttpResponse.make(200, 'mine', { A: '1' });
    };
    const addons: [name: string, addon: Addon][] = [
      ['a second one at its head', { request: other, responseHeaders: other }],
      ['a second one at its end', { request: other, response: other }],
      ['in place of one that was held', { response: other }],
    ];
    for (const [name, addon] of addons) {
      const { client, proxy, url } = await setup(t, counting(OK), { addons: [addon] });
      client.send(`GET ${url}/ HTTP/1.1\r\n\r\n`);
      await client.has(answer);
      const { timestampStart, timestampEnd, body } = (await proxy.http()).flow.response!;
      t.ok(timestampStart > 0 && timestampEnd! >= timestampStart, name);
      t.equal(body.complete, true, name);
    }
  });

  await t.test('responses to HEAD, a 204, an empty one without a length', async (t) => {
    const cases: [method: string, make: () => HttpResponse, got: string][] = [
      ['HEAD', () => HttpResponse.make(200, 'mine'), 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n'],
      ['GET', () => HttpResponse.make(204), 'HTTP/1.1 204 No Content\r\n\r\n'],
      [
        'GET',
        () => {
          const response = HttpResponse.make(200);
          response.headers.delete('content-length');
          return response;
        },
        'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
      ],
      [
        'GET',
        () => HttpResponse.make(200, 'mine', { 'Transfer-Encoding': 'chunked' }),
        'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine',
      ],
    ];
    for (const [method, make, got] of cases) {
      const found = await through(
        t,
        {
          requestHeaders: (flow) => {
            flow.response = make();
          },
        },
        `${method} URL/ HTTP/1.1\r\n\r\n`,
      );
      t.equal(found.got, got);
    }
  });

  await t.test('CONNECT', async (t) => {
    const addon: Addon = {
      httpConnect: (flow) => {
        flow.response = HttpResponse.make(407, 'who?');
      },
    };
    const { client, origin, proxy } = await setup(t, () => {}, { addons: [addon] });
    client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
    t.match(await client.whole(), /^HTTP\/1\.1 407 Proxy Authentication Required\r\nContent-Length: 4\r\n\r\nwho\?$/);
    const { flow } = await proxy.http();
    t.equal(flow.request.method, 'CONNECT');
    t.ok(flow.error);
    t.equal(origin.connections.length, 0);
  });
});
