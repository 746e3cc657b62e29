import t from 'tap';
import type { Http2Stream } from '../../../src/engine/http2/connection/stream.js';
import { StreamTable } from '../../../src/engine/http2/connection/stream-table.js';
import { FLAG, FRAME } from '../../../src/engine/http2/frames/constants.js';
import { GET, type RawField, rawFrame } from '../../support/http2-peer.js';
import { later } from '../../support/later.js';
import { Conversation } from './conversation.js';

const POST: readonly RawField[] = [[':method', 'POST'], ...GET.slice(1)];
const OK: RawField = [':status', '200'];

/** What the client gets, without settings and windows. */
function got({ client }: Conversation): string[] {
  return client.seen.filter((line) => !line.startsWith('WINDOW_UPDATE'));
}

/** A request that has reached the server. */
async function asked(method: readonly RawField[] = GET): Promise<Conversation> {
  const chat = new Conversation();
  await chat.begin(chat.client.head(1, method, method === GET));
  return chat;
}

t.test('a response that is malformed ends its stream only, and the client gets a 502', async (t) => {
  const cases: [name: string, fields: RawField[], end?: boolean][] = [
    ['no status', [['a', 'b']]],
    ['two', [OK, OK]],
    ['a status that is not a number', [[':status', '2x0']]],
    ['a status of two digits', [[':status', '20']]],
    ['101', [[':status', '101']]],
    ['an interim response that ends the stream', [[':status', '103']], true],
    ['a pseudo-header of requests', [OK, [':path', '/']]],
    ['upper case', [OK, ['A', 'b']]],
    ['LF in a value', [OK, ['a', 'b\nc: d']]],
    ['CR in a name', [OK, ['a\r', 'b']]],
    ['transfer-encoding', [OK, ['transfer-encoding', 'chunked']]],
    ['connection', [OK, ['connection', 'close']]],
    ['two lengths', [OK, ['content-length', '1'], ['content-length', '2']]],
  ];
  for (const [name, fields, end = false] of cases) {
    const chat = await asked();
    chat.server.frames(chat.server.head(1, fields, end));
    await chat.settle();
    t.match(got(chat)[0], /^HEADERS 1 :status=502/, name);
    t.equal(chat.server.seen.at(-1), 'RST_STREAM 1 protocolError', name);
    t.equal(chat.flows[0]?.error?.code, 'invalid-response', name);
    chat.client.frames(chat.client.head(3, GET, true));
    await chat.settle();
    t.match(chat.server.seen.at(-1), /^HEADERS 3/, `${name}: the connection goes on`);
    t.equal(chat.connects, 1);
  }
});

t.test('content before the head, and content that does not match its length', async (t) => {
  const early = await asked();
  early.server.frames(rawFrame(FRAME.data, 0, 1, 'a'));
  await early.settle();
  t.match(got(early)[0], /^HEADERS 1 :status=502/);
  for (const content of ['abcd', 'ab']) {
    const chat = await asked();
    chat.server.frames(chat.server.head(1, [OK, ['content-length', '3']]));
    await chat.settle();
    chat.server.frames(rawFrame(FRAME.data, FLAG.endStream, 1, content));
    await chat.settle();
    t.equal(got(chat).at(-1), 'RST_STREAM 1 internalError', 'the client cannot take it for complete');
    t.equal(chat.flows[0]?.error?.code, 'invalid-response');
  }
});

t.test('faults of the connection fail its requests, and a new one is opened', async (t) => {
  const cases: [name: string, frame: Buffer, code: string][] = [
    ['DATA on an idle stream', rawFrame(FRAME.data, 0, 3, 'a'), 'protocolError'],
    ['HEADERS on an idle stream', rawFrame(FRAME.headers, FLAG.endHeaders, 3, '\x88'), 'protocolError'],
    ['HEADERS on an even stream', rawFrame(FRAME.headers, FLAG.endHeaders, 2, '\x88'), 'protocolError'],
    ['PUSH_PROMISE', rawFrame(FRAME.pushPromise, FLAG.endHeaders, 1, '\0\0\0\x02\x82'), 'protocolError'],
    ['ENABLE_PUSH', rawFrame(FRAME.settings, 0, 0, '\0\x02\0\0\0\x01'), 'protocolError'],
    ['a window too large', rawFrame(FRAME.settings, 0, 0, '\0\x04\xff\xff\xff\xff'), 'flowControlError'],
    ['a block that cannot be decoded', rawFrame(FRAME.headers, FLAG.endHeaders, 1, '\xbf'), 'compressionError'],
    ['GOAWAY of a wrong size', rawFrame(FRAME.goAway, 0, 0, '\0'), 'frameSizeError'],
  ];
  for (const [name, frame, code] of cases) {
    const chat = await asked();
    chat.server.frames(frame);
    await chat.settle();
    t.match(chat.server.seen.at(-1), new RegExp(`^GOAWAY \\d ${code}`), name);
    t.match(got(chat)[0], /^HEADERS 1 :status=502/, name);
    chat.client.frames(chat.client.head(3, GET, true));
    await chat.settle();
    t.equal(chat.connects, 2, name);
  }
});

t.test('bytes that are not HTTP/2', async (t) => {
  for (const bytes of ['HTTP/1.1 400 Bad Request\r\n\r\n', 'SSH-2.0-x\r\n', `\x15\x03\x01${'\0'.repeat(9)}`]) {
    const chat = await asked(POST);
    chat.giveServer(Buffer.from(bytes, 'latin1'));
    await chat.settle();
    t.ok(got(chat).length > 0, JSON.stringify(bytes));
    t.ok(chat.flows[0]?.error);
  }
});

t.test('the end of the connection: before a head a 502, inside a body a reset', async (t) => {
  const before = await asked();
  before.giveServer(null);
  await before.settle();
  t.match(got(before)[0], /^HEADERS 1 :status=502/);
  const inside = await asked();
  inside.server.frames(inside.server.head(1, [OK]), rawFrame(FRAME.data, 0, 1, 'part'));
  await inside.settle();
  inside.giveServer(null);
  await inside.settle();
  t.same(got(inside), ['HEADERS 1 :status=200', 'DATA 1 part', 'RST_STREAM 1 internalError']);
  t.equal(inside.flows[0]?.error?.code, 'truncated');
});

t.test('what ends the connection inside a body', async (t) => {
  const cases: [name: string, end: (chat: Conversation) => void, error: object][] = [
    ['the server', (chat) => chat.giveServer(null), { code: 'truncated' }],
    [
      'a violation',
      ({ server }) => server.frames(rawFrame(FRAME.data, 0, 9, 'x')),
      { code: 'invalid-response', message: /DATA on a stream that was not opened/ },
    ],
    [
      'empty frames',
      ({ server }) => server.frames(...Array.from({ length: 1100 }, () => rawFrame(FRAME.data, 0, 1))),
      { code: 'invalid-response', message: /too many empty frames/ },
    ],
    [
      'trailers beyond the limit',
      ({ server }) => server.frames(server.head(1, [['x', 'a'.repeat(3000)]], true)),
      { code: 'invalid-response', message: /trailers beyond the limit/ },
    ],
  ];
  for (const [name, end, error] of cases) {
    const chat = new Conversation([], { maxHeaderSize: 2000 });
    await chat.begin(chat.client.head(1, GET, true));
    chat.server.frames(chat.server.head(1, [[':status', '200']]), rawFrame(FRAME.data, 0, 1, 'some'));
    await chat.settle();
    end(chat);
    await chat.until(() => chat.flows.length === 1);
    t.match(chat.flows[0]!.error, error, name);
    t.equal(chat.flows[0]!.response!.body.size, 4);
    t.equal(chat.client.seen.at(-1), 'RST_STREAM 1 internalError', 'the client cannot take it as complete');
  }
});

t.test('content that a slow client has not read yet reaches it, however the response ends', async (t) => {
  const ends: Record<string, (chat: Conversation) => void> = {
    'the end of the connection': (chat) => chat.giveServer(null),
    'a violation of the connection': ({ server }) => server.frames(rawFrame(FRAME.data, 0, 9, 'x')),
    'a violation of the stream': ({ server }) => server.frames(server.head(1, [[':status', '200']], true)),
    'too much content': ({ server }) => server.frames(rawFrame(FRAME.data, 0, 1, 'x'.repeat(16_000))),
    'a reset': ({ server }) => server.frames(rawFrame(FRAME.rstStream, 0, 1, '\0\0\0\x02')),
    'a window that is too large': ({ server }) => server.frames(rawFrame(FRAME.windowUpdate, 0, 1, '\x7f\xff\xff\xff')),
  };
  const sent = 20 * 16_000;
  for (const [name, end] of Object.entries(ends)) {
    const chat = await asked();
    const length = String(sent + 1000);
    chat.server.frames(chat.server.head(1, [OK, ['content-length', length]]));
    for (let count = 0; count < 20; count++) chat.server.frames(rawFrame(FRAME.data, 0, 1, 'x'.repeat(16_000)));
    await chat.settle();
    end(chat);
    await chat.settle();
    const before = contentOf(chat);
    t.ok(before < 100_000, `${before} bytes fit into the windows of the client`);
    const window = rawFrame(FRAME.windowUpdate, 0, 0, '\0\x0f\xff\xff');
    chat.client.frames(window, rawFrame(FRAME.windowUpdate, 0, 1, '\0\x0f\xff\xff'));
    await chat.until(() => chat.client.seen.at(-1)!.startsWith('RST_STREAM 1'));
    t.equal(contentOf(chat), sent, name);
    t.equal(chat.flows[0]?.response?.body.size, sent);
    t.ok(chat.flows[0]?.error);
  }
});

/** Number of bytes of content that the client has got. */
function contentOf({ client }: Conversation): number {
  const sizes = client.seen.map((line) => Number(/^DATA 1 (\d+) bytes/.exec(line)?.[1] ?? 0));
  return sizes.reduce((sum, size) => sum + size, 0);
}

t.test('the error that a server states when it closes the connection', async (t) => {
  const cases: [payload: string, message: RegExp][] = [
    ['\0\0\0\x01\0\0\0\0', /^The server closed the connection\.$/],
    ['\0\0\0\x01\0\0\0\x0b', /^The server closed the connection \(ENHANCE_YOUR_CALM\)\.$/],
    [
      '\0\0\0\x01\0\0\0\x0btoo_many_pings',
      /^The server closed the connection \(ENHANCE_YOUR_CALM, "too_many_pings"\)\.$/,
    ],
  ];
  for (const [payload, message] of cases) {
    const chat = await asked();
    chat.server.frames(rawFrame(FRAME.goAway, 0, 0, payload));
    await chat.settle();
    chat.giveServer(null);
    await chat.until(() => chat.flows.length === 1);
    t.match(chat.flows[0]!.error?.message, message);
  }
});

t.test('the last stream of a connection that is ending is reset', async (t) => {
  for (const sent of ['', 'some']) {
    const chat = await asked();
    const head = sent === '' ? [] : [chat.server.head(1, [OK]), rawFrame(FRAME.data, 0, 1, sent)];
    chat.server.frames(...head, rawFrame(FRAME.goAway, 0, 0, '\0\0\0\x01\0\0\0\0'));
    await chat.settle();
    chat.server.frames(rawFrame(FRAME.rstStream, 0, 1, '\0\0\0\x0d'));
    await chat.until(() => chat.flows.length === 1);
    t.match(chat.flows[0]!.error, {
      code: 'stream-reset',
      message: 'The server reset the stream (HTTP_1_1_REQUIRED).',
    });
    t.equal(got(chat).at(-1), 'RST_STREAM 1 http11Required');
  }
});

t.test('the error that a server states when it processes no request', async (t) => {
  const chat = await asked();
  for (let count = 1; count <= 4; count++) {
    chat.server.frames(rawFrame(FRAME.goAway, 0, 0, '\0\0\0\0\0\0\0\x0btoo_many_\x1bpings'));
    await chat.until(() => chat.connects > count || chat.flows.length === 1);
  }
  t.match(chat.flows[0]!.error, {
    code: 'stream-reset',
    message: 'The server ended the connection (ENHANCE_YOUR_CALM, "too_many_\\u001bpings").',
  });
});

t.test('GOAWAY: streams up to the last one continue, later ones are sent again elsewhere', async (t) => {
  const chat = await asked();
  chat.client.frames(chat.client.head(3, POST, true));
  await chat.settle();
  const first = chat.server;
  first.frames(rawFrame(FRAME.goAway, 0, 0, '\0\0\0\x01\0\0\0\0'));
  await chat.settle();
  t.equal(chat.connects, 2);
  t.match(chat.server.seen.at(-1), /^HEADERS 1 end :method=POST/);
  first.frames(first.head(3, [[':status', '503']], true), rawFrame(FRAME.data, 0, 3, 'ignored'));
  first.frames(first.head(1, [OK], true));
  chat.server.frames(chat.server.head(1, [[':status', '201']], true));
  await chat.settle();
  t.same(got(chat), ['HEADERS 1 end :status=200', 'HEADERS 3 end :status=201']);
  t.same(
    chat.flows.map(({ error }) => error),
    [undefined, undefined],
  );
});

t.test('frames on all streams after the last one of a GOAWAY are ignored', async (t) => {
  const table = new StreamTable(false);
  for (let count = 0; count < 1200; count++) table.open({ id: 0 } as Http2Stream, Number.POSITIVE_INFINITY);
  t.equal(table.takeAfter(1).length, 1199);
  t.equal(table.size, 1);
  for (const id of [3, 399, 2399]) table.checkAbandoned(id, 'HEADERS');
  t.throws(() => table.checkAbandoned(2401, 'HEADERS'), { message: /not opened/ });
});

t.test('a request that is not sent yet when its connection ends is sent elsewhere', async (t) => {
  const ends: Record<string, (chat: Conversation) => void> = {
    'GOAWAY that names a last stream': ({ server }) =>
      server.frames(rawFrame(FRAME.goAway, 0, 0, '\0\0\0\x01\0\0\0\0')),
    'GOAWAY that names none': ({ server }) => server.frames(rawFrame(FRAME.goAway, 0, 0, '\x7f\xff\xff\xff\0\0\0\0')),
    'an error': ({ server }) => server.frames(rawFrame(FRAME.ping, 0, 0, 'short')),
    'the end': (chat) => chat.giveServer(null),
  };
  for (const [name, end] of Object.entries(ends)) {
    for (const isFirst of [true, false]) {
      await t.test(`${name}, ${isFirst ? 'without other streams' : 'while another stream continues'}`, async (t) => {
        const chat = await asked();
        if (isFirst) {
          chat.server.frames(chat.server.head(1, [OK], true));
          await chat.settle();
        }
        chat.client.frames(chat.client.head(3, POST), rawFrame(FRAME.data, 1, 3, 'a'));
        end(chat);
        await chat.settle();
        t.equal(chat.connects, 2);
        t.match(chat.server.seen.at(-2), /^HEADERS 1 :method=POST/);
        chat.server.frames(chat.server.head(1, [[':status', '201']], true));
        await chat.settle();
        t.equal(got(chat).at(-1), 'HEADERS 3 end :status=201');
      });
    }
  }
});

t.test('the stream limit of the server is respected', async (t) => {
  const chat = await asked();
  chat.server.frames(rawFrame(FRAME.settings, 0, 0, '\0\x03\0\0\0\x02'));
  await chat.settle();
  chat.client.frames(chat.client.head(3, GET, true), chat.client.head(5, GET, true), chat.client.head(7, GET, true));
  await chat.settle();
  const heads = () => chat.server.seen.filter((line) => line.startsWith('HEADERS')).map((line) => line.slice(0, 9));
  t.same(heads(), ['HEADERS 1', 'HEADERS 3']);
  chat.server.frames(chat.server.head(1, [OK], true));
  await chat.settle();
  t.same(heads(), ['HEADERS 1', 'HEADERS 3', 'HEADERS 5']);
  chat.client.frames(rawFrame(FRAME.rstStream, 0, 7, '\0\0\0\x08'));
  chat.server.frames(chat.server.head(3, [OK], true), chat.server.head(5, [OK], true));
  await chat.settle();
  t.same(heads(), ['HEADERS 1', 'HEADERS 3', 'HEADERS 5'], 'a canceled request is not sent');
  t.equal(chat.flows.length, 4);
});

t.test('a server that needs no more of the request', async (t) => {
  const chat = await asked(POST);
  chat.client.frames(rawFrame(FRAME.data, 0, 1, 'a'));
  await chat.settle();
  chat.server.frames(chat.server.head(1, [OK], true), rawFrame(FRAME.rstStream, 0, 1, '\0\0\0\0'));
  await chat.settle();
  t.same(got(chat), ['HEADERS 1 end :status=200']);
  t.equal(chat.flows[0]?.error, undefined);
});

t.test('trailers, interim responses, and a body that a held response is made of', async (t) => {
  for (const holds of [false, true]) {
    const chat = new Conversation(holds ? [{ response: () => later() }] : []);
    await chat.begin(chat.client.head(1, POST), chat.client.head(1, [['x-in', '1']], true));
    t.match(chat.server.seen.slice(-2), [/^HEADERS 1 :method=POST/, 'HEADERS 1 end x-in=1']);
    chat.server.frames(
      chat.server.head(1, [
        [':status', '103'],
        ['link', 'a'],
      ]),
      chat.server.head(1, [OK]),
      rawFrame(FRAME.data, 0, 1, 'abc'),
      chat.server.head(1, [['x-out', '2']], true),
    );
    await chat.settle();
    t.match(got(chat), [
      'HEADERS 1 :status=103 link=a',
      /^HEADERS 1 :status=200/,
      'DATA 1 abc',
      'HEADERS 1 end x-out=2',
    ]);
  }
});
