import t, { type Test } from 'tap';
import type { Addon, AuthenticationData } from '../../../src/flow/hooks/hooks.js';
import { answering, OK } from '../../support/raw-origin.js';
import { type Setup, setup } from '../../support/setup.js';
import { ESTABLISHED } from '../../support/test-proxy.js';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
const RIGHT = `Proxy-Authorization: ${basic('ada:right')}\r\n`;
const WRONG = `Proxy-Authorization: ${basic('ada:wrong')}\r\n`;

interface Guarded extends Setup {
  asked: string[];
}

/** A proxy that lets `ada:right` in. @param decide in place of that */
async function guarded(
  t: Test,
  decide: (data: AuthenticationData) => void | Promise<void> = (data) => {
    data.accepted = data.credentials.password === 'right';
  },
  addons: Addon[] = [],
): Promise<Guarded> {
  const asked: string[] = [];
  const guard: Addon = {
    authenticate: (data) => {
      asked.push(`${data.credentials.username}:${data.credentials.password}`);
      return decide(data);
    },
  };
  return { ...(await setup(t, answering(OK, OK, OK), { addons: [guard, ...addons] })), asked };
}

t.test('only valid credentials are accepted, and they are not forwarded', async (t) => {
  const { client, origin, proxy, url, asked } = await guarded(t);
  client.send(`GET ${url}/1 HTTP/1.1\r\nHost: x\r\n\r\n`);
  await client.has('requires a user name');
  t.match(client.text, /^HTTP\/1\.1 407 Proxy Authentication Required\r\n/);
  t.match(client.text, /\r\nProxy-Authenticate: Basic realm="tsdump", charset="UTF-8"\r\n/);
  t.notMatch(client.text, /Connection: close/);
  client.send(`GET ${url}/2 HTTP/1.1\r\nHost: x\r\n${WRONG}\r\n`);
  await client.has('requires a user name', 2);
  client.send(`GET ${url}/3 HTTP/1.1\r\nHost: x\r\nproxy-AUTHORIZATION:${basic('ada:right')}\r\n\r\n`);
  await client.has('\r\n\r\nok');
  client.send(`GET ${url}/4 HTTP/1.1\r\nHost: x\r\n${RIGHT}\r\n`);
  await client.has('\r\n\r\nok', 2);
  t.same(asked, ['ada:wrong', 'ada:right'], 'what was accepted is not asked about again');
  t.equal((await origin.connection()).text, 'GET /3 HTTP/1.1\r\nHost: x\r\n\r\nGET /4 HTTP/1.1\r\nHost: x\r\n\r\n');
  await proxy.flow(4);
  t.same(
    proxy.ended.map(({ flow }) => flow.type === 'http' && [flow.response!.statusCode, flow.request.headers.length]),
    [
      [407, 1],
      [407, 1],
      [200, 1],
      [200, 1],
    ],
  );
  t.same(proxy.messages('warn'), ['Refused: wrong credentials.']);
});

t.test('other forms of the field are rejected', async (t) => {
  const { client, origin, url, asked } = await guarded(t);
  const fields = [
    '',
    'Proxy-Authorization:\r\n',
    'Proxy-Authorization: Basic\r\n',
    'Proxy-Authorization: Digest username="ada"\r\n',
    `Proxy-Authorization: Bearer ${Buffer.from('ada:right').toString('base64')}\r\n`,
    `Proxy-Authorization: ${basic('ada')}\r\n`,
    `${WRONG}${RIGHT}`,
    `Authorization: ${basic('ada:right')}\r\n`,
    `Proxy-Authorization2: ${basic('ada:right')}\r\n`,
  ];
  for (const [at, field] of fields.entries()) {
    client.send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n${field}\r\n`);
    await client.has('407 Proxy', at + 1);
  }
  t.same(asked, []);
  t.equal(origin.connections.length, 0);
});

t.test('the body of an unauthenticated request is not read', async (t) => {
  const { client, proxy, url } = await guarded(t);
  client.send(`POST ${url}/ HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 100000\r\n\r\nabc`);
  const got = await client.whole();
  t.match(got, /^HTTP\/1\.1 407 /);
  t.match(got, /\r\nConnection: close\r\n/);
  const { flow } = await proxy.http();
  t.equal(flow.request.body.size, 0);
  t.equal(flow.request.body.complete, false);
  client.end();
});

t.test('HEAD, and a client that wants to close', async (t) => {
  const { client, url } = await guarded(t);
  client.send(`HEAD ${url}/ HTTP/1.1\r\nHost: x\r\n\r\nGET ${url}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const got = await client.whole();
  t.match(got, /^HTTP\/1\.1 407 [^<]*\r\n\r\nHTTP\/1\.1 407 [^<]*\r\nConnection: close\r\n\r\n</, 'no body for HEAD');
  client.end();
});

t.test('CONNECT authenticates the connection', async (t) => {
  const seen: string[] = [];
  const watch: Addon = { httpConnect: ({ id }) => void seen.push(id), requestHeaders: ({ id }) => void seen.push(id) };
  const { client, origin, proxy, asked } = await guarded(t, undefined, [watch]);
  client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
  await client.has('requires a user name');
  client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n${WRONG}\r\n`);
  await client.has('requires a user name', 2);
  t.same(seen, [], 'addons do not see what strangers ask for');
  t.equal(origin.connections.length, 0);
  client.send(`CONNECT ${origin.authority} HTTP/1.1\r\n${RIGHT}\r\n`);
  await client.has(ESTABLISHED);
  client.send(`GET / HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic('for:theServer')}\r\n\r\n`);
  await client.has('\r\n\r\nok');
  t.same(asked, ['ada:wrong', 'ada:right'], 'what is inside is not asked');
  t.match((await origin.connection()).text, /Authorization: /, 'and belongs to the server');
  await proxy.flow(3);
  const [first, , last] = proxy.ended.map(({ flow }) => flow);
  t.equal(first!.error?.code, 'authentication-required');
  t.equal(first?.type === 'http' && first.response?.statusCode, 407);
  t.equal(last!.error, undefined);
});

t.test('an invalid request gets a 400, not a 407', async (t) => {
  const { client, url } = await guarded(t);
  client.send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`);
  t.match(await client.whole(), /^HTTP\/1\.1 40[07] [\s\S]*\r\nConnection: close\r\n/);
  client.end();
});

t.test('and is recorded without its credentials', async (t) => {
  const secret = Buffer.from('ada:right').toString('base64');
  const cases = [
    `GET URL/ HTTP/1.1\r\n${RIGHT}A : 1\r\n`,
    `GET URL/ HTTP/1.1\r\nProxy-Authorization : Basic ${secret}\r\n`,
    `GET URL/ HTTP/1.1\r\n Proxy-Authorization: Basic ${secret}\r\n`,
    `GET URL/ HTTP/1.1\r\nProxy-Authorization Basic ${secret}\r\n`,
    `GET URL/ HTTP/1.1\r\nProxy-Authorization:\r\n\tBasic ${secret}\r\nA : 1\r\n`,
    `GET URL/  HTTP/1.1\r\n${RIGHT}`,
    `CONNECT a:1 HTTP/1.1\r\n${RIGHT}A : 1\r\n`,
    `CONNECT a:1 HTTP/1.1\r\n${RIGHT}Upgrade: h2c\r\nA : 1\r\n`,
  ];
  for (const request of cases) {
    const { client, proxy, url } = await guarded(t);
    client.send(`${request.replace('URL', url)}\r\n`);
    t.match(await client.whole(), /^HTTP\/1\.1 400 /, JSON.stringify(request));
    const { flow } = await proxy.http();
    t.notMatch(flow.request.headers.bytes.toString(), secret);
    t.notMatch(JSON.stringify([flow.error, client.text, proxy.logged]), secret);
  }
});

t.test('a hook that throws rejects the client', async (t) => {
  const { client, origin, proxy, url } = await guarded(t, () => {
    throw new Error('no users');
  });
  client.send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n${RIGHT}\r\n`);
  await client.has('407 Proxy');
  t.equal(origin.connections.length, 0);
  t.equal(proxy.hookErrors[0]?.hook, 'authenticate');
});

/** A client whose credentials are never decided. Resolves as soon as the check has begun. */
async function waiting(t: Test): Promise<Guarded> {
  let asked = (): void => {};
  const reached = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const setting = await guarded(t, () => {
    asked();
    return new Promise(() => {});
  });
  setting.client.send(`GET ${setting.url}/ HTTP/1.1\r\nHost: x\r\n${WRONG}\r\n`);
  await reached;
  return setting;
}

t.test('a client that disconnects during a delayed rejection', async (t) => {
  const { client, proxy } = await waiting(t);
  client.reset();
  const { flow } = await proxy.http();
  t.equal(flow.error?.code, 'client-disconnected');
});

t.test('a delayed rejection does not delay the shutdown', async (t) => {
  const { proxy } = await waiting(t);
  await proxy.engine.stop(0);
  t.equal((await proxy.http()).flow.error?.code, 'interrupted');
});

t.test('without an authenticate hook there is no challenge', async (t) => {
  const { client, origin, url } = await setup(t, answering(OK));
  client.send(`GET ${url}/ HTTP/1.1\r\nHost: x\r\n${WRONG}\r\n`);
  await client.has('\r\n\r\nok');
  t.equal((await origin.connection()).text, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
});
