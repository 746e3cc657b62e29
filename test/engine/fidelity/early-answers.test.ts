import t from 'tap';
import { OK } from '../../support/raw-origin.js';
import { setup } from '../../support/setup.js';

t.test('the server decides on Expect: 100-continue', async (t) => {
  await t.test('that accepts the body', async (t) => {
    const { client, origin, proxy, url } = await setup(t, async (wire) => {
      await wire.has('\r\n\r\n');
      wire.send('HTTP/1.1 100 Go on\r\nA:1\r\n\r\n');
      await wire.has('hello');
      wire.send(OK);
    });
    client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`);
    await client.has('\r\n\r\n');
    t.equal(client.text, 'HTTP/1.1 100 Go on\r\nA:1\r\n\r\n');
    client.send('hello');
    await client.has(OK);
    t.equal(client.text, `HTTP/1.1 100 Go on\r\nA:1\r\n\r\n${OK}`);
    t.match((await origin.connection()).text, 'Expect: 100-continue\r\n');
    const { flow, requestBody } = await proxy.http();
    t.equal(requestBody, 'hello');
    t.equal(flow.response?.statusCode, 200);
  });

  await t.test('that rejects it', async (t) => {
    const refusal = 'HTTP/1.1 417 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
    const { client, proxy, url } = await setup(t, async (wire) => {
      await wire.has('\r\n\r\n');
      wire.end(refusal);
    });
    client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`);
    t.equal(await client.whole(), refusal);
    const { flow } = await proxy.http();
    t.same([flow.response?.statusCode, flow.request.body.complete], [417, false]);
  });
});

t.test('a final response during the upload is forwarded at once', async (t) => {
  await t.test('from a server that keeps the connection', async (t) => {
    const { client, origin, proxy, url } = await setup(t, async (wire) => {
      await wire.has('begin');
      wire.send(OK);
      await wire.has('end');
    });
    client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nbegin`);
    await client.has(OK);
    t.equal(proxy.ended.length, 0, 'the flow goes on');
    client.send('end');
    const { flow, requestBody } = await proxy.http();
    t.same([requestBody, flow.request.body.complete, flow.error], ['beginend', true, undefined]);
    client.send(`GET ${url}/again HTTP/1.1\r\n\r\n`);
    await (await origin.connection()).has('GET /again');
  });

  await t.test('from a server that closes it', async (t) => {
    const refusal = 'HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno';
    const { client, proxy, url } = await setup(t, async (wire) => {
      await wire.has('begin');
      wire.end(refusal);
    });
    client.send(`POST ${url}/ HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\nbegin`);
    await client.whole();
    t.equal(client.text, refusal);
    client.send('more that is not read');
    const { flow, requestBody } = await proxy.http();
    t.same([requestBody, flow.request.body.complete, flow.response?.statusCode], ['begin', false, 413]);
  });
});
