import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import type { EngineOptions } from '../../../../src/engine/index.js';
import type { Addon } from '../../../../src/flow/hooks/hooks.js';
import { RawOrigin } from '../../../support/raw-origin.js';
import { TestProxy } from '../../../support/test-proxy.js';
import { until } from '../../../support/until.js';
import type { Wire } from '../../../support/wire.js';

/** Which connection serves the next client after an exchange. */
interface Case {
  name: string;
  shared: boolean;
  /** What the first client sends; `URL` stands for the origin's. */
  request?: string;
  /** What the origin answers, or does. */
  answer?: string | ((wire: Wire) => void | Promise<void>);
  /** What the first client has received in the end; undefined if it does not matter. */
  gets?: string | RegExp;
  /** What the first client does after that. */
  after?: (client: Wire, origin: RawOrigin) => void | Promise<void>;
  /** No flow of the first client ends before the second one comes. */
  isLive?: boolean;
  options?: Partial<EngineOptions>;
  addons?: Addon[];
  /** What the second client sends. */
  next?: string;
}

const GET = 'GET URL/a HTTP/1.1\r\nHost: x\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na';
const withField = (field: string) => `GET URL/a HTTP/1.1\r\nHost: x\r\n${field}\r\n\r\n`;
const okWith = (field: string) => `HTTP/1.1 200 OK\r\n${field}\r\nContent-Length: 1\r\n\r\na`;
const refusing = (field: string) => `HTTP/1.1 401 Unauthorized\r\n${field}\r\nContent-Length: 0\r\n\r\n`;
const post = (body: string, length = body.length) =>
  `POST URL/a HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${body}`;

const CASES: Case[] = [
  { name: 'a body with a length', shared: true, gets: OK },
  {
    name: 'a body in chunks',
    shared: true,
    answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
    gets: /0\r\n\r\n$/,
  },
  {
    name: 'chunks and a trailer',
    shared: true,
    answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nA: b\r\n\r\n',
    gets: /A: b\r\n\r\n$/,
  },
  { name: '204', shared: true, answer: 'HTTP/1.1 204 No Content\r\n\r\n', gets: /204/ },
  { name: '204 with a length', shared: false, answer: 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n' },
  { name: '304', shared: true, answer: 'HTTP/1.1 304 Not Modified\r\n\r\n', gets: /304/ },
  {
    name: 'HEAD whose length is stated',
    shared: false,
    request: 'HEAD URL/a HTTP/1.1\r\nHost: x\r\n\r\n',
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
  },
  {
    name: 'HEAD without a length',
    shared: true,
    request: 'HEAD URL/a HTTP/1.1\r\nHost: x\r\n\r\n',
    answer: 'HTTP/1.1 200 OK\r\n\r\n',
  },
  { name: 'POST', shared: true, request: post('body'), answer: async (wire) => answer(wire, 'body', OK), gets: OK },
  {
    name: 'POST in chunks',
    shared: true,
    request: 'POST URL/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n',
    answer: async (wire) => answer(wire, '0\r\n\r\n', OK),
    gets: OK,
  },
  {
    name: 'an answer before the end of the request',
    shared: false,
    request: post('bo', 4),
    gets: OK,
    after: (client) => client.send('dy'),
  },
  {
    name: 'an answer before the end of the request, and a client that leaves then',
    shared: false,
    request: post('bo', 4),
    gets: OK,
    after: (client) => client.end(),
  },
  {
    name: 'Expect with a 100',
    shared: true,
    request: 'POST URL/a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody',
    answer: async (wire) => {
      wire.send('HTTP/1.1 100 Continue\r\n\r\n');
      await answer(wire, 'body', OK);
    },
    gets: /a$/,
  },
  {
    name: 'Expect without a 100',
    shared: false,
    request: 'POST URL/a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody',
    answer: async (wire) => answer(wire, 'body', OK),
    gets: OK,
  },
  { name: '103 first', shared: true, answer: `HTTP/1.1 103 Early Hints\r\n\r\n${OK}`, gets: /a$/ },
  {
    name: 'an answer that ends with the connection',
    shared: false,
    answer: (wire) => wire.end('HTTP/1.1 200 OK\r\n\r\na'),
    gets: /a$/,
  },
  { name: 'two equal lengths', shared: false, answer: okWith('Content-Length: 1'), gets: /a$/ },
  { name: 'a length and chunks', shared: false, answer: okWith('Transfer-Encoding: chunked'), gets: /502/ },
  { name: 'a coding before chunked', shared: false, answer: gzipChunks(), gets: /0\r\n\r\n$/ },
  { name: 'bare LF', shared: false, answer: 'HTTP/1.1 200 OK\nContent-Length: 1\n\na', gets: /a$/ },
  { name: 'a folded line', shared: false, answer: okWith('A: b\r\n c'), gets: /a$/ },
  {
    name: 'HTTP/1.0 with keep-alive from the server',
    shared: false,
    answer: 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na',
    gets: /a$/,
  },
  {
    name: 'HTTP/1.0 with keep-alive from the client',
    shared: false,
    request: 'GET URL/a HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n',
    gets: OK,
  },
  { name: 'Connection: close from the server', shared: false, answer: okWith('Connection: close'), gets: /a$/ },
  { name: 'Connection: close from the client', shared: true, request: withField('Connection: close'), gets: OK },
  { name: 'a short Keep-Alive', shared: false, answer: okWith('Keep-Alive: timeout=1, max=5'), gets: /a$/ },
  { name: 'a long Keep-Alive', shared: true, answer: okWith('Keep-Alive: max=5, timeout=60'), gets: /a$/ },
  { name: 'NTLM', shared: false, request: withField('Authorization: NTLM abc=='), gets: OK },
  { name: 'Negotiate', shared: false, request: withField('Authorization: negotiate abc=='), gets: OK },
  { name: 'Basic', shared: true, request: withField('Authorization: Basic bnRsbQ=='), gets: OK },
  { name: 'Bearer ntlm', shared: true, request: withField('Authorization: Bearer xNTLM'), gets: OK },
  { name: 'a challenge for NTLM', shared: false, answer: refusing('WWW-Authenticate: NTLM'), gets: /401/ },
  {
    name: 'a challenge for one of several schemes',
    shared: false,
    answer: refusing('WWW-Authenticate: Basic realm="x", Negotiate'),
    gets: /401/,
  },
  { name: 'a challenge for Basic', shared: true, answer: refusing('WWW-Authenticate: Basic realm="x"'), gets: /401/ },
  { name: 'Upgrade that the server ignores', shared: false, request: withField('Upgrade: x'), gets: OK },
  {
    name: 'Upgrade',
    shared: false,
    isLive: true,
    request: withField('Connection: upgrade\r\nUpgrade: x'),
    answer: 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
    gets: /101/,
  },
  { name: 'bytes after the answer', shared: false, answer: `${OK}HTTP/1.1 200 Other\r\n\r\n`, gets: OK },
  {
    name: 'bytes a moment later',
    shared: false,
    gets: OK,
    after: async (_, origin) => {
      origin.connections[0]!.send('HTTP/1.1 200 Other\r\nContent-Length: 0\r\n\r\n');
      await origin.connections[0]!.whole();
    },
  },
  {
    name: 'a server that ends its side after the answer',
    shared: false,
    answer: (wire) => wire.end(OK),
    gets: OK,
    after: async (_, origin) => void (await origin.connections[0]!.whole()),
  },
  {
    name: 'a server that resets the idle connection',
    shared: false,
    gets: OK,
    after: (_, origin) => origin.connections[0]!.reset(),
  },
  {
    name: 'GET with a body',
    shared: false,
    request: 'GET URL/a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody',
    answer: async (wire) => answer(wire, 'body', OK),
    gets: OK,
  },
  {
    name: 'a client that leaves inside the answer',
    shared: false,
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na',
    gets: /a$/,
    after: (client) => client.reset(),
  },
  {
    name: 'a client that leaves inside the request',
    shared: false,
    isLive: true,
    request: post('bo', 4),
    answer: () => {},
    after: async (client, origin) => {
      const wire = await origin.connection();
      await wire.has('bo');
      client.reset();
      await wire.whole();
    },
  },
  {
    name: 'a client that ends its side after the request',
    shared: true,
    answer: async (wire) => answer(wire, '\r\n\r\n', OK),
    gets: OK,
    after: (client) => client.end(),
  },
  { name: 'a client that leaves after the answer', shared: true, gets: OK, after: (client) => client.reset() },
  {
    name: 'a response that is held',
    shared: true,
    gets: OK,
    addons: [{ response: () => {} }],
  },
  {
    name: 'a response that an addon replaces',
    shared: false,
    gets: /HTTP\/1.1 418/,
    addons: [
      {
        responseHeaders: (flow) => {
          if (flow.request.path === '/a') flow.response!.body.set('other');
          flow.response!.statusCode = 418;
        },
      },
    ],
  },
  { name: 'share_connections=false', shared: false, gets: OK, options: { shareConnections: false } },
  { name: 'validate_inbound_headers=false', shared: false, gets: OK, options: { validateInboundHeaders: false } },
  { name: 'an addon that observes connections', shared: true, gets: OK, addons: [{ serverConnect: () => {} }] },
  {
    name: 'an addon that chooses the source address',
    shared: false,
    gets: OK,
    addons: [
      {
        serverConnect: ({ server }) => {
          server.local = ['127.0.0.1', 0];
        },
      },
    ],
  },
  {
    name: 'an addon that chooses the source address of the second client',
    shared: false,
    gets: OK,
    addons: [
      (() => {
        let count = 0;
        return {
          serverConnect: ({ server }) => {
            if (count++ > 0) server.local = ['127.0.0.1', 0];
          },
        } as Addon;
      })(),
    ],
  },
  {
    name: 'a request that cannot be repeated, after one',
    shared: false,
    gets: OK,
    next: 'POST URL/b HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n',
  },
];

function gzipChunks(): string {
  return 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n';
}

async function answer(wire: Wire, last: string, text: string): Promise<void> {
  await wire.has(last);
  wire.send(text);
}

t.test('which exchanges leave a connection that serves other clients', async (t) => {
  for (const each of CASES) {
    await t.test(`${each.name}: ${each.shared ? 'shared' : 'not shared'}`, async (t) => {
      const origin = await RawOrigin.start(t, async (wire, index) => {
        if (index === 0) {
          await wire.has('\r\n\r\n');
          if (typeof each.answer === 'function') await each.answer(wire);
          else wire.send(each.answer ?? OK);
        }
        // A path is the body of its response.
        await wire.until(() => / \/b /.test(wire.text), 'the second request');
        wire.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n/b');
      });
      const proxy = await TestProxy.start(t, {
        options: { shareConnections: true, ...each.options },
        ...(each.addons && { addons: each.addons }),
      });
      const url = `http://${origin.authority}`;
      const first = await proxy.connect();
      first.send((each.request ?? GET).replace('URL', url));
      const { gets } = each;
      if (gets !== undefined) {
        await first.until(() => (typeof gets === 'string' ? first.text === gets : gets.test(first.text)), String(gets));
      }
      await each.after?.(first, origin);
      if (!each.isLive) await proxy.flow();
      for (let count = 0; count < 4; count++) await turn();
      const second = await proxy.connect();
      second.send((each.next ?? 'GET URL/b HTTP/1.1\r\nHost: x\r\n\r\n').replace('URL', url));
      await second.has('/b');
      t.match(second.text, /^HTTP\/1\.1 (200|418) [^\r]*\r\nContent-Length: 2\r\n\r\n\/b$/, 'its own response');
      t.equal(origin.connections.length, each.shared ? 1 : 2);
      t.match(origin.connections.at(-1)!.text, ' /b HTTP/1.1\r\n');
      await until(() => proxy.ended.some(({ flow }) => flow.type === 'http' && flow.request.path === '/b'), 'its flow');
      const [a, b] = ['/a', '/b'].map((path) =>
        proxy.ended.find(({ flow }) => flow.type === 'http' && flow.request.path === path),
      );
      if (a) t.equal(a.flow.server.id === b!.flow.server.id, each.shared, 'the flows tell the connection');
    });
  }
});

t.test('what a request says about its connection stays between the client and us', async (t) => {
  const origin = await RawOrigin.start(t, async (wire) => {
    await wire.has('\r\n\r\n');
    wire.send(OK);
  });
  const proxy = await TestProxy.start(t, { options: { shareConnections: true } });
  const client = await proxy.connect();
  client.send(`GET http://${origin.authority}/ HTTP/1.1\r\nHost: x\r\nConnection: Close, X-A\r\nX-A: 1\r\n\r\n`);
  t.equal(await client.whole(), OK, 'its own connection is closed');
  t.equal(origin.connections[0]!.text, 'GET / HTTP/1.1\r\nHost: x\r\nConnection:  X-A\r\nX-A: 1\r\n\r\n');
});
