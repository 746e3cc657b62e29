import t from 'tap';
import { FLAG, FRAME } from '../../../src/engine/http2/frames/constants.js';
import { GET, type RawField, rawFrame } from '../../support/http2-peer.js';
import { Conversation } from './conversation.js';

const POST: readonly RawField[] = [[':method', 'POST'], ...GET.slice(1)];
const with_ = (...fields: RawField[]): RawField[] => [...GET, ...fields];
const without = (name: string): RawField[] => GET.filter(([key]) => key !== name);
const replacing = (name: string, value: string): RawField[] =>
  GET.map(([key, old]) => [key, key === name ? value : old]);

/** What the client gets, without settings and windows. */
function got({ client }: Conversation): string[] {
  return client.seen.filter((line) => !line.startsWith('WINDOW_UPDATE'));
}

t.test('malformed requests get a stream error, and never reach the server', async (t) => {
  const cases: [name: string, fields: RawField[]][] = [
    ['upper case', with_(['X-Name', 'a'])],
    ['a space in a name', with_(['x name', 'a'])],
    ['a colon in a name', with_(['x:y', 'a'])],
    ['CR and LF in a name', with_(['x\r\ny', 'a'])],
    ['no name', with_(['', 'a'])],
    ['LF in a value', with_(['x', 'a\nb: c'])],
    ['CR in a value', with_(['x', 'a\r'])],
    ['NUL in a value', with_(['x', 'a\0'])],
    ['a space before a value', with_(['x', ' a'])],
    ['a tab after a value', with_(['x', 'a\t'])],
    ['connection', with_(['connection', 'close'])],
    ['keep-alive', with_(['keep-alive', '5'])],
    ['proxy-connection', with_(['proxy-connection', 'close'])],
    ['transfer-encoding', with_(['transfer-encoding', 'chunked'])],
    ['upgrade', with_(['upgrade', 'x'])],
    ['te', with_(['te', 'gzip'])],
    ['an unknown pseudo-header', with_([':x', 'a'])],
    ['a pseudo-header of responses', with_([':status', '200'])],
    ['a late pseudo-header', [['x', 'a'], ...GET]],
    ['a repeated pseudo-header', [...GET, [':path', '/']]],
    [':protocol without permission', with_([':protocol', 'websocket'])],
    ['no path', without(':path')],
    ['no scheme', without(':scheme')],
    ['an empty path', replacing(':path', '')],
    ['a path without a slash', replacing(':path', 'x')],
    ['a space in the path', replacing(':path', '/a HTTP/1.1')],
    ['a line end in the path', replacing(':path', '/a\r\nx: y')],
    ['* with GET', replacing(':path', '*')],
    ['user information', replacing(':authority', 'a@b')],
    ['an invalid authority', replacing(':authority', 'a b')],
    ['no authority', without(':authority')],
    ['another host', with_(['host', 'b.test'])],
    ['two hosts', with_(['host', 'a.test'], ['host', 'a.test'])],
    ['an invalid length', with_(['content-length', '+1'])],
    ['two lengths', with_(['content-length', '1'], ['content-length', '2'])],
    ['a length without content', with_(['content-length', '1'])],
  ];
  for (const [name, fields] of cases) {
    const chat = new Conversation();
    await chat.begin(chat.client.head(1, fields, true));
    t.equal(got(chat).at(-1), 'RST_STREAM 1 protocolError', name);
    t.equal(chat.connects, 0, name);
    // Others on the connection are served.
    chat.client.frames(chat.client.head(3, GET, true));
    await chat.settle();
    t.match(chat.server.seen.at(-1), /^HEADERS 1 end :method=GET/, name);
    t.equal(chat.flows[0]?.error?.code, 'invalid-request', name);
  }
});

t.test('a request without a method is not a flow', async (t) => {
  const chat = new Conversation();
  await chat.begin(chat.client.head(1, without(':method'), true));
  t.same(got(chat), ['RST_STREAM 1 protocolError']);
  t.equal(chat.flows.length, 0);
});

t.test('bodies that do not match their length', async (t) => {
  for (const content of ['abcd', 'ab']) {
    const chat = new Conversation();
    const fields: RawField[] = [...POST, ['content-length', '3']];
    await chat.begin(chat.client.head(1, fields), rawFrame(FRAME.data, FLAG.endStream, 1, content));
    t.match(got(chat), ['RST_STREAM 1 protocolError'], content);
    t.notMatch(chat.server.seen.join(), /DATA 1 end/, 'the server does not get a whole request');
    t.match(chat.flows[0]?.error, { code: 'invalid-request' });
  }
});

t.test('trailers do not frame or route the request', async (t) => {
  for (const field of ['content-length', 'host', 'transfer-encoding']) {
    const chat = new Conversation();
    const trailers: RawField[] = [
      ['x', 'a'],
      [field, '1'],
    ];
    await chat.begin(chat.client.head(1, POST), rawFrame(FRAME.data, 0, 1, 'a'), chat.client.head(1, trailers, true));
    t.match(got(chat), ['RST_STREAM 1 protocolError'], field);
    t.notMatch(chat.server.seen.join(), field, 'the server does not get them');
    t.match(chat.flows[0]?.error, { code: 'invalid-request' });
  }
});

t.test('faults of the connection', async (t) => {
  const ping = rawFrame(FRAME.ping, 0, 0, '12345678');
  const cases: [name: string, make: (chat: Conversation) => Buffer[], code: string][] = [
    ['DATA without a stream', () => [rawFrame(FRAME.data, 0, 0, 'a')], 'protocolError'],
    ['DATA on an idle stream', () => [rawFrame(FRAME.data, 0, 1, 'a')], 'protocolError'],
    ['an even stream', ({ client }) => [client.head(2, GET, true)], 'protocolError'],
    ['a lower stream', ({ client }) => [client.head(5, GET, true), client.head(3, GET, true)], 'protocolError'],
    ['RST_STREAM on an idle stream', () => [rawFrame(FRAME.rstStream, 0, 1, '\0\0\0\x08')], 'protocolError'],
    ['a window of 0', () => [rawFrame(FRAME.windowUpdate, 0, 0, '\0\0\0\0')], 'protocolError'],
    ['a window too large', () => [rawFrame(FRAME.windowUpdate, 0, 0, '\x7f\xff\xff\xff')], 'flowControlError'],
    ['PING of a wrong size', () => [rawFrame(FRAME.ping, 0, 0, '1')], 'frameSizeError'],
    ['SETTINGS of a wrong size', () => [rawFrame(FRAME.settings, 0, 0, '1')], 'frameSizeError'],
    ['SETTINGS with an invalid value', () => [rawFrame(FRAME.settings, 0, 0, '\0\x02\0\0\0\x02')], 'protocolError'],
    ['PUSH_PROMISE', () => [rawFrame(FRAME.pushPromise, 0, 1, '\0\0\0\x02')], 'protocolError'],
    ['CONTINUATION alone', () => [rawFrame(FRAME.continuation, 0, 1)], 'protocolError'],
    ['a frame inside a block', () => [rawFrame(FRAME.headers, 0, 1, '\x82'), ping], 'protocolError'],
    ['a block that cannot be decoded', () => [rawFrame(FRAME.headers, FLAG.endHeaders, 1, '\x80')], 'compressionError'],
    ['a frame that is too large', () => [Buffer.from('004001000000000001', 'hex')], 'frameSizeError'],
    [
      'padding that is too long',
      () => [rawFrame(FRAME.headers, FLAG.endHeaders | FLAG.padded, 1, '\x05a')],
      'protocolError',
    ],
  ];
  for (const [name, make, code] of cases) {
    const chat = new Conversation();
    await chat.begin(...make(chat));
    t.match(got(chat).at(-1), new RegExp(`^GOAWAY \\d ${code}`), name);
    t.equal(chat.clientChannel.over, 'closed', name);
  }
});

t.test('floods end the connection, at little cost', async (t) => {
  const empty = rawFrame(FRAME.data, 0, 1);
  const cases: [name: string, make: (chat: Conversation, at: number) => Buffer][] = [
    [
      'rapid reset',
      ({ client }, at) =>
        Buffer.concat([client.head(2 * at + 1, GET, true), rawFrame(FRAME.rstStream, 0, 2 * at + 1, '\0\0\0\x08')]),
    ],
    ['PING', () => rawFrame(FRAME.ping, 0, 0, '12345678')],
    ['SETTINGS', () => rawFrame(FRAME.settings, 0, 0)],
    ['empty DATA', ({ client }, at) => (at === 0 ? client.head(1, POST) : empty)],
    [
      'CONTINUATION',
      (_, at) => (at === 0 ? rawFrame(FRAME.headers, 0, 1) : rawFrame(FRAME.continuation, 0, 1, '\x82')),
    ],
  ];
  for (const [name, make] of cases) {
    const chat = new Conversation();
    await chat.begin();
    for (let at = 0; at < 30_000 && !chat.clientChannel.over; at += 500) {
      chat.client.frames(...Array.from({ length: 500 }, (_, index) => make(chat, at + index)));
      await chat.settle();
    }
    t.match(got(chat).at(-1), /^GOAWAY \d+ enhanceYourCalm/, name);
    await chat.settle();
    t.ok(
      chat.flows.every(({ error }) => error !== undefined),
      'all flows have ended',
    );
  }
});

t.test('streams that the client makes us reset are counted like those that it resets', async (t) => {
  const cancel = (id: number): Buffer => rawFrame(FRAME.rstStream, 0, id, '\0\0\0\x08');
  const long: readonly RawField[] = [...POST, ['content-length', '3']];
  const cases: [name: string, make: (chat: Conversation, id: number) => Buffer[]][] = [
    ['its own resets', ({ client }, id) => [client.head(id, GET, true), cancel(id)]],
    ['a window update of 0', ({ client }, id) => [client.head(id, GET, true), rawFrame(8, 0, id, '\0\0\0\0')]],
    ['a window too large', ({ client }, id) => [client.head(id, GET, true), rawFrame(8, 0, id, '\x7f\xff\xff\xff')]],
    ['PRIORITY of a wrong size', ({ client }, id) => [client.head(id, GET, true), rawFrame(FRAME.priority, 0, id)]],
    ['HEADERS after the end', ({ client }, id) => [client.head(id, GET, true), client.head(id, GET, true)]],
    ['DATA after the end', ({ client }, id) => [client.head(id, GET, true), rawFrame(FRAME.data, 0, id, 'a')]],
    ['too much content', ({ client }, id) => [client.head(id, long), rawFrame(FRAME.data, 0, id, 'abcd')]],
    ['too little content', ({ client }, id) => [client.head(id, long), rawFrame(FRAME.data, FLAG.endStream, id, 'a')]],
    ['trailers without an end', ({ client }, id) => [client.head(id, POST), client.head(id, [['x', 'a']])]],
    ['Host in trailers', ({ client }, id) => [client.head(id, POST), client.head(id, [['host', 'a']], true)]],
  ];
  for (const [name, make] of cases) {
    // Many in one piece also exceed the exchanges that may be in progress.
    for (const size of [10, 4000]) {
      const chat = new Conversation();
      await chat.begin();
      for (let at = 0; at < 4000 && !chat.clientChannel.over; at += size) {
        const ids = Array.from({ length: size }, (_, index) => 2 * (at + index) + 1);
        chat.client.frames(...ids.flatMap((id) => make(chat, id)));
        await chat.settle();
      }
      t.match(got(chat).at(-1), /^GOAWAY \d+ /, `${name}, ${size} at once`);
      t.equal(chat.clientChannel.over, 'closed');
      t.ok(chat.flows.length > 0 && chat.flows.every(({ error }) => error !== undefined), 'all flows have ended');
    }
  }
});

t.test('a head that becomes too large', async (t) => {
  const chat = new Conversation([], { maxHeaderSize: 2000 });
  const fields: RawField[] = [
    ...GET,
    ['x', 'a'.repeat(1000)],
    ...Array.from({ length: 50 }, (): RawField => ['x', 'a'.repeat(1000)]),
  ];
  await chat.begin(chat.client.head(1, fields, true));
  t.match(got(chat)[0], /^HEADERS 1 :status=431/);
  t.match(chat.flows[0]?.error?.code, 'head-too-large');
  chat.client.frames(chat.client.head(3, GET, true));
  await chat.settle();
  t.match(chat.server.seen.at(-1), /:method=GET/);
  const trailers = chat.client.head(5, [['x', 'a'.repeat(3000)]], true);
  chat.client.frames(chat.client.head(5, POST), rawFrame(FRAME.data, 0, 5, 'a'), trailers);
  await chat.until(() => chat.flows.length === 2);
  t.match(got(chat).at(-1), /^RST_STREAM 5 protocolError/, 'trailers');
  t.match(chat.flows[1]!.error?.code, 'invalid-request');
  t.notMatch(chat.server.seen.join('\n'), /x=a/, 'no part of them reaches the server');
});

t.test('more streams than allowed are refused', async (t) => {
  const chat = new Conversation();
  await chat.begin(...Array.from({ length: 103 }, (_, at) => chat.client.head(2 * at + 1, GET, true)));
  t.same(
    got(chat),
    [201, 203, 205].map((id) => `RST_STREAM ${id} refusedStream`),
  );
});

t.test('windows: content waits for them, and they are respected', async (t) => {
  const chat = new Conversation();
  chat.client.start([4, 10]);
  chat.client.frames(chat.client.head(1, GET, true));
  await chat.settle();
  chat.server.frames(
    chat.server.head(1, [[':status', '200']]),
    rawFrame(FRAME.data, FLAG.endStream, 1, 'abcdefghijklmno'),
  );
  await chat.settle();
  t.same(got(chat), ['HEADERS 1 :status=200', 'DATA 1 abcdefghij']);
  chat.client.frames(rawFrame(FRAME.windowUpdate, 0, 1, '\0\0\0\x02'));
  await chat.settle();
  t.equal(got(chat).at(-1), 'DATA 1 kl');
  chat.client.frames(rawFrame(FRAME.settings, 0, 0, '\0\x04\0\0\0\x64'));
  await chat.settle();
  t.equal(got(chat).at(-1), 'DATA 1 end mno');
  // More than our window of 1 MiB, while the server of the second request takes nothing.
  chat.client.frames(chat.client.head(3, POST));
  for (let at = 0; at < 65; at++) chat.client.frames(rawFrame(FRAME.data, 0, 3, 'x'.repeat(16_384)));
  await chat.settle();
  t.equal(got(chat).at(-1), 'RST_STREAM 3 flowControlError');
});

t.test('the mark of sensitive fields and the order of pseudo-headers are kept', async (t) => {
  const chat = new Conversation();
  const fields: RawField[] = [GET[3]!, GET[2]!, GET[0]!, GET[1]!, ['x-secret', 'a', true], ['cookie', 'b', false]];
  await chat.begin(chat.client.head(1, fields, true));
  t.equal(
    chat.server.seen.at(-1),
    'HEADERS 1 end :authority=a.test :path=/ :method=GET :scheme=http x-secret=a! cookie=b',
  );
  chat.server.frames(
    chat.server.head(
      1,
      [
        [':status', '204'],
        ['set-cookie', 'a=b', true],
      ],
      true,
    ),
  );
  await chat.settle();
  t.same(got(chat), ['HEADERS 1 end :status=204 set-cookie=a=b!']);
});
