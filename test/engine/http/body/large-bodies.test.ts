import t, { type Test } from 'tap';
import type { Addon } from '../../../../src/flow/hooks/hooks.js';
import type { Script } from '../../../support/raw-origin.js';
import { setup } from '../../../support/setup.js';

const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n';

/** An origin that answers with this, when all of a request is there. */
function answering(response: string, end = '\r\n\r\n'): Script {
  return async (wire) => {
    await wire.has(end);
    wire.send(response);
    if (response.includes('Connection: close')) wire.socket.end();
  };
}

const holding = (): { addon: Addon; called: string[] } => {
  const called: string[] = [];
  const addon: Addon = { request: () => void called.push('request'), response: () => void called.push('response') };
  return { addon, called };
};

async function askFor(t: Test, request: string, response: string, options: object, addons: Addon[] = []) {
  const { proxy, client, url, origin } = await setup(t, answering(response), { options, addons });
  client.send(request.replace('URL', url));
  const { flow, responseBody } = await proxy.http();
  return { proxy, client, flow, responseBody, origin };
}

const LIMIT = { bodySizeLimit: 10 };
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const GET = 'GET URL/ HTTP/1.1\r\nHost: a\r\n\r\n';

const REQUESTS: [body: string, status: number][] = [
  ['Content-Length: 10\r\n\r\n0123456789', 200],
  ['Content-Length: 11\r\n\r\n0123456789a', 413],
  ['Content-Length: 11\r\nExpect: 100-continue\r\n\r\n', 413],
  [`${CHUNKED}a\r\n0123456789\r\n0\r\n\r\n`, 200],
  [`${CHUNKED}5\r\n01234\r\n6\r\n56789a\r\n0\r\n\r\n`, 413],
];

t.test('requests above the limit', async (t) => {
  for (const held of [false, true]) {
    for (const [body, status] of REQUESTS) {
      const request = `POST URL/ HTTP/1.1\r\nHost: a\r\n${body}`;
      const { client, flow } = await askFor(t, request, OK, LIMIT, held ? [holding().addon] : []);
      await client.has(`HTTP/1.1 ${status}`);
      t.equal(flow.error !== undefined, status === 413, `${held} ${body}`);
      if (status === 413) t.equal(flow.error!.code, 'body-too-large');
    }
  }
});

const RESPONSES: [body: string, held: boolean, wholeHead: string | undefined][] = [
  ['Content-Length: 10\r\n\r\n0123456789', false, '200'],
  ['Content-Length: 11\r\n\r\n0123456789a', false, '502'],
  ['Content-Length: 11\r\n\r\n0123456789a', true, '502'],
  [`${CHUNKED}a\r\n0123456789\r\n0\r\n\r\n`, true, '200'],
  [`${CHUNKED}5\r\n01234\r\n6\r\n56789a\r\n0\r\n\r\n`, true, '502'],
  ['Connection: close\r\n\r\n0123456789a', true, '502'],
];

t.test('responses above the limit', async (t) => {
  for (const [body, held, status] of RESPONSES) {
    const addons = held ? [holding().addon] : [];
    const { client, flow } = await askFor(t, GET, `HTTP/1.1 200 OK\r\n${body}`, LIMIT, addons);
    await client.has(`HTTP/1.1 ${status}`);
    t.equal(flow.error?.code, status === '502' ? 'body-too-large' : undefined, body);
  }
});

t.test('a response that is being forwarded is cut off', async (t) => {
  const script: Script = async (wire) => {
    await wire.has('\r\n\r\n');
    wire.send(`HTTP/1.1 200 OK\r\n${CHUNKED}5\r\n01234\r\n`);
  };
  const { proxy, client, url, origin } = await setup(t, script, { options: LIMIT });
  client.send(GET.replace('URL', url));
  await client.has('01234');
  const connection = await origin.connection();
  connection.send('6\r\n56789a\r\n0\r\n\r\n');
  const { flow } = await proxy.http();
  await client.until(() => client.ended, 'the end of the connection');
  t.equal(flow.error!.code, 'body-too-large');
  t.notOk(client.text.includes('56789a'));
});

t.test('large bodies are not held, and their hooks are not called', async (t) => {
  const { addon, called } = holding();
  const request = 'POST URL/ HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n0123456\r\n\r\n!';
  const response = 'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789a';
  const { proxy, client, responseBody } = await askFor(t, request, response, { streamLargeBodies: 10 }, [addon]);
  await client.has('0123456789a');
  t.same(called, []);
  t.equal(responseBody, '0123456789a');
  t.equal(proxy.messages('warn').filter((line) => line.includes('stream_large_bodies')).length, 1);
});

t.test('smaller ones are', async (t) => {
  const { addon, called } = holding();
  await askFor(t, GET, OK, { streamLargeBodies: 10 }, [addon]);
  t.same(called, ['request', 'response']);
});

t.test('large bodies need not be kept', async (t) => {
  const options = { streamLargeBodies: 10, storeStreamedBodies: false };
  const response = 'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789a';
  const { client, flow, responseBody } = await askFor(t, GET, response, options);
  await client.has('0123456789a');
  t.equal(responseBody, undefined);
  t.equal(flow.response!.body.size, 11);
});
