import t from 'tap';
import { FLAG, FRAME, MAX_FRAME_SIZE } from '../../../src/engine/http2/frames/constants.js';
import { GET, type Http2Peer, type RawField, rawFrame } from '../../support/http2-peer.js';
import { Conversation } from './conversation.js';

const { data, headers, priority, rstStream, settings, ping, goAway, windowUpdate, continuation } = FRAME;
const OK: RawField = [':status', '200'];
const END = FLAG.endHeaders | FLAG.endStream;
/** `:status 200` by its index in the static table. */
const STATUS_200 = '\x88';

type Frames = (server: Http2Peer) => Buffer | readonly Buffer[];

/** `stream` ends stream 1 only, `connection` all its streams, `none` nothing. */
type Extent = 'stream' | 'connection' | 'none';

interface Fault {
  frames: Frames;
  extent: Extent;
  /** Sent to the server. */
  code?: string;
  /** Sent to the client on stream 1. */
  client?: RegExp;
}

const BAD_GATEWAY = /^HEADERS 1 :status=502/;

function connection(code: string, frames: Frames): Fault {
  return { frames, extent: 'connection', code, client: BAD_GATEWAY };
}

function stream(code: string, frames: Frames): Fault {
  return { frames, extent: 'stream', code, client: BAD_GATEWAY };
}

const ignored = (frames: Frames): Fault => ({ frames, extent: 'none' });

/** A setting, as the payload of SETTINGS. */
function setting(id: number, value: number): string {
  return `\0${String.fromCharCode(id)}${String.fromCharCode(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)}`;
}

const head = (server: Http2Peer, ...fields: RawField[]): Buffer => server.head(1, [OK, ...fields]);

/** The faults that h2spec commits as a client, and others, committed by a server on stream 1. */
const FAULTS: Readonly<Record<string, Fault>> = {
  // Frames (RFC 9113 section 4)
  'a frame of an unknown type': ignored(() => rawFrame(0xfa, 0xff, 1, 'x')),
  'an unknown frame on no stream': ignored(() => rawFrame(0xfa, 0, 0)),
  'unknown flags': ignored(() => rawFrame(ping, 0x16, 0, '12345678')),
  'the reserved bit': ignored(() => rawFrame(priority, 0, 0x8000_0001, '\0\0\0\0\0')),
  'DATA of too many bytes': connection('frameSizeError', () => rawFrame(data, 0, 1, 'x'.repeat(MAX_FRAME_SIZE + 1))),
  'HEADERS of too many bytes': connection('frameSizeError', () =>
    rawFrame(headers, FLAG.endHeaders, 1, '\0'.repeat(MAX_FRAME_SIZE + 1)),
  ),
  'a field block that cannot be decoded': connection('compressionError', () =>
    rawFrame(headers, FLAG.endHeaders, 1, '\xff\xff\xff\xff\xff\xff'),
  ),
  'an index outside the tables': connection('compressionError', () =>
    rawFrame(headers, FLAG.endHeaders, 1, `${STATUS_200}\xfe`),
  ),
  'a table that is larger than allowed': connection('compressionError', () =>
    rawFrame(headers, FLAG.endHeaders, 1, `\x3f\xe2\x1f${STATUS_200}`),
  ),
  'a table size after a field': connection('compressionError', () =>
    rawFrame(headers, FLAG.endHeaders, 1, `${STATUS_200}\x20`),
  ),
  'an invalid Huffman code': connection('compressionError', () =>
    rawFrame(headers, FLAG.endHeaders, 1, `${STATUS_200}\0\x01a\x84\xff\xff\xff\xff`),
  ),
  'PRIORITY inside a block': connection('protocolError', () => [
    rawFrame(headers, 0, 1, STATUS_200),
    rawFrame(priority, 0, 1, '\0\0\0\0\0'),
  ]),
  'another stream inside a block': connection('protocolError', () => [
    rawFrame(headers, 0, 1, STATUS_200),
    rawFrame(headers, FLAG.endHeaders, 3, STATUS_200),
  ]),
  'DATA inside a block': connection('protocolError', () => [
    rawFrame(headers, 0, 1, STATUS_200),
    rawFrame(data, 0, 1, 'x'),
  ]),
  'an unknown frame inside a block': connection('protocolError', () => [
    rawFrame(headers, 0, 1, STATUS_200),
    rawFrame(0xfa, 0, 1),
  ]),
  // Streams (section 5.1)
  'DATA on an idle stream': connection('protocolError', () => rawFrame(data, 0, 9, 'x')),
  'HEADERS on an idle stream': connection('protocolError', () => rawFrame(headers, END, 9, STATUS_200)),
  'RST_STREAM on an idle stream': connection('protocolError', () => rawFrame(rstStream, 0, 9, '\0\0\0\x08')),
  'WINDOW_UPDATE on an idle stream': connection('protocolError', () => rawFrame(windowUpdate, 0, 9, '\0\0\0\x64')),
  'CONTINUATION on an idle stream': connection('protocolError', () => rawFrame(continuation, FLAG.endHeaders, 9)),
  'HEADERS on an even stream': connection('protocolError', () => rawFrame(headers, END, 2, STATUS_200)),
  PUSH_PROMISE: connection('protocolError', () => rawFrame(FRAME.pushPromise, FLAG.endHeaders, 1, '\0\0\0\x02\x82')),
  'a stream that depends on itself': connection('protocolError', () => rawFrame(priority, 0, 1, '\0\0\0\x01\0')),
  'HEADERS that depend on themselves': connection('protocolError', () =>
    rawFrame(headers, FLAG.endHeaders | FLAG.priority, 1, `\0\0\0\x01\0${STATUS_200}`),
  ),
  // DATA, HEADERS, PRIORITY, RST_STREAM (sections 6.1 to 6.4)
  'DATA on no stream': connection('protocolError', () => rawFrame(data, 0, 0, 'x')),
  'DATA with too much padding': connection('protocolError', (server) => [
    head(server),
    rawFrame(data, FLAG.padded, 1, '\x05abc'),
  ]),
  'DATA before the head': stream('protocolError', () => rawFrame(data, 0, 1, 'x')),
  'HEADERS on no stream': connection('protocolError', () => rawFrame(headers, END, 0, STATUS_200)),
  'HEADERS with too much padding': connection('protocolError', () =>
    rawFrame(headers, FLAG.endHeaders | FLAG.padded, 1, `\x08${STATUS_200}`),
  ),
  'HEADERS that are too short for their flags': connection('frameSizeError', () =>
    rawFrame(headers, FLAG.endHeaders | FLAG.priority, 1, '\0\0'),
  ),
  'PRIORITY on no stream': connection('protocolError', () => rawFrame(priority, 0, 0, '\0\0\0\0\0')),
  'PRIORITY of a wrong size': stream('frameSizeError', () => rawFrame(priority, 0, 1, '\0\0\0\0')),
  'RST_STREAM on no stream': connection('protocolError', () => rawFrame(rstStream, 0, 0, '\0\0\0\0')),
  'RST_STREAM of a wrong size': connection('frameSizeError', () => rawFrame(rstStream, 0, 1, '\0\0\0')),
  // SETTINGS (section 6.5)
  'an acknowledgement with content': connection('frameSizeError', () => rawFrame(settings, FLAG.ack, 0, '\0')),
  'SETTINGS on a stream': connection('protocolError', () => rawFrame(settings, 0, 1)),
  'SETTINGS of a wrong size': connection('frameSizeError', () => rawFrame(settings, 0, 0, '\0\0\0')),
  'ENABLE_PUSH 1': connection('protocolError', () => rawFrame(settings, 0, 0, setting(2, 1))),
  'ENABLE_PUSH 2': connection('protocolError', () => rawFrame(settings, 0, 0, setting(2, 2))),
  'ENABLE_PUSH 0': ignored(() => rawFrame(settings, 0, 0, setting(2, 0))),
  'INITIAL_WINDOW_SIZE too large': connection('flowControlError', () => rawFrame(settings, 0, 0, setting(4, 2 ** 31))),
  'MAX_FRAME_SIZE too small': connection('protocolError', () => rawFrame(settings, 0, 0, setting(5, 16_383))),
  'MAX_FRAME_SIZE too large': connection('protocolError', () => rawFrame(settings, 0, 0, setting(5, 2 ** 24))),
  'ENABLE_CONNECT_PROTOCOL 2': connection('protocolError', () => rawFrame(settings, 0, 0, setting(8, 2))),
  'ENABLE_CONNECT_PROTOCOL taken back': connection('protocolError', () => [
    rawFrame(settings, 0, 0, setting(8, 1)),
    rawFrame(settings, 0, 0, setting(8, 0)),
  ]),
  'an unknown setting': ignored(() => rawFrame(settings, 0, 0, setting(0xfa, 1))),
  'no table, no window, and back': ignored(() => [
    rawFrame(settings, 0, 0, `${setting(1, 0)}${setting(4, 0)}`),
    rawFrame(settings, 0, 0, `${setting(1, 0xffff_ffff)}${setting(4, 0x7fff_ffff)}`),
  ]),
  // PING, GOAWAY, WINDOW_UPDATE, CONTINUATION (sections 6.7 to 6.10)
  'PING on a stream': connection('protocolError', () => rawFrame(ping, 0, 1, '12345678')),
  'PING of a wrong size': connection('frameSizeError', () => rawFrame(ping, 0, 0, '123456')),
  'an answer to no PING': ignored(() => rawFrame(ping, FLAG.ack, 0, '12345678')),
  'GOAWAY on a stream': connection('protocolError', () => rawFrame(goAway, 0, 1, '\0\0\0\0\0\0\0\0')),
  'GOAWAY of a wrong size': connection('frameSizeError', () => rawFrame(goAway, 0, 0, '\0\0\0\0')),
  'WINDOW_UPDATE by nothing': connection('protocolError', () => rawFrame(windowUpdate, 0, 0, '\0\0\0\0')),
  'WINDOW_UPDATE of a stream by nothing': stream('protocolError', () => rawFrame(windowUpdate, 0, 1, '\0\0\0\0')),
  'WINDOW_UPDATE of a wrong size': connection('frameSizeError', () => rawFrame(windowUpdate, 0, 0, '\0\0\0')),
  'a window of the connection that is too large': connection('flowControlError', () =>
    rawFrame(windowUpdate, 0, 0, '\x7f\xff\xff\xff'),
  ),
  'a window of a stream that is too large': stream('flowControlError', () =>
    rawFrame(windowUpdate, 0, 1, '\x7f\xff\xff\xff'),
  ),
  'a window that a setting makes too large': connection('flowControlError', () => [
    rawFrame(windowUpdate, 0, 1, '\x70\0\0\0'),
    rawFrame(settings, 0, 0, setting(4, 0x7fff_ffff)),
  ]),
  'CONTINUATION without HEADERS': connection('protocolError', () => rawFrame(continuation, FLAG.endHeaders, 1)),
  'CONTINUATION after the end of a block': connection('protocolError', (server) => [
    head(server),
    rawFrame(continuation, FLAG.endHeaders, 1),
  ]),
  'CONTINUATION on no stream': connection('protocolError', () => [
    rawFrame(headers, 0, 1, STATUS_200),
    rawFrame(continuation, FLAG.endHeaders, 0),
  ]),
  'CONTINUATION on another stream': connection('protocolError', () => [
    rawFrame(headers, 0, 1, STATUS_200),
    rawFrame(continuation, FLAG.endHeaders, 3),
  ]),
  // Messages (section 8.1)
  'no field at all': stream('protocolError', () => rawFrame(headers, FLAG.endHeaders, 1)),
  'trailers without the end': stream('protocolError', (server) => [head(server), server.head(1, [['a', 'b']])]),
  'a pseudo-header in trailers': stream('protocolError', (server) => [
    head(server),
    server.head(1, [[':status', '200']], true),
  ]),
  'upper case in trailers': stream('protocolError', (server) => [head(server), server.head(1, [['A', 'b']], true)]),
  'a length without content': stream('protocolError', (server) => server.head(1, [OK, ['content-length', '1']], true)),
  'more content than the length': stream('protocolError', (server) => [
    head(server, ['content-length', '1']),
    rawFrame(data, 0, 1, 'ab'),
  ]),
  'less content than the length': {
    ...stream('protocolError', (server) => [
      head(server, ['content-length', '3']),
      rawFrame(data, FLAG.endStream, 1, 'ab'),
    ]),
    client: /^RST_STREAM 1 internalError/,
  },
  'less content than the length, before trailers': stream('protocolError', (server) => [
    head(server, ['content-length', '3']),
    server.head(1, [['a', 'b']], true),
  ]),
  // Floods (section 10.5)
  'SETTINGS without end': connection('enhanceYourCalm', () => many(40_000, rawFrame(settings, 0, 0))),
  'PING without end': connection('enhanceYourCalm', () => many(40_000, rawFrame(ping, 0, 0, '12345678'))),
  'empty DATA without end': connection('enhanceYourCalm', (server) => [head(server), many(1500, rawFrame(data, 0, 1))]),
  'padding without end': connection('enhanceYourCalm', (server) => [
    head(server),
    many(1500, rawFrame(data, FLAG.padded, 1, '\x02\0\0')),
  ]),
  'CONTINUATION without end': connection('enhanceYourCalm', () => [
    rawFrame(headers, 0, 1, STATUS_200),
    many(200, rawFrame(continuation, 0, 1, '\x00\x01a\x01b')),
  ]),
  'empty CONTINUATION without end': connection('enhanceYourCalm', () => [
    rawFrame(headers, 0, 1),
    many(200, rawFrame(continuation, 0, 1)),
  ]),
  'a field block that is too large': connection('enhanceYourCalm', () => [
    rawFrame(headers, 0, 1, STATUS_200),
    many(110, rawFrame(continuation, 0, 1, 'x'.repeat(10_000))),
  ]),
  'a small block of large fields': stream('protocolError', () =>
    rawFrame(
      headers,
      FLAG.endHeaders,
      1,
      `${STATUS_200}\x40\x01a\x7f\xa1\x1e${'b'.repeat(4000)}${'\xbe'.repeat(1000)}`,
    ),
  ),
  'interim responses without end': stream('protocolError', (server) => many(500, server.head(1, [[':status', '103']]))),
};

function many(count: number, frame: Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => frame));
}

const POST: readonly RawField[] = [[':method', 'POST'], ...GET.slice(1)];

for (const [name, { frames, extent, code, client }] of Object.entries(FAULTS)) {
  t.test(name, async (t) => {
    const chat = new Conversation();
    await chat.begin(chat.client.head(1, POST), chat.client.head(3, POST));
    const first = chat.server;
    const sent = frames(first);
    first.frames(...(Buffer.isBuffer(sent) ? [sent] : sent));
    await chat.settle();
    const refusals = first.seen.filter((line) => /^(RST_STREAM|GOAWAY)/.test(line));
    if (extent === 'none') t.same(refusals, []);
    else t.match(refusals, [extent === 'stream' ? `RST_STREAM 1 ${code}` : `GOAWAY 0 ${code}`]);
    const toClient = (id: number): string[] => chat.client.seen.filter((line) => line.split(' ')[1] === String(id));
    if (client)
      t.ok(
        toClient(1).some((line) => client.test(line)),
        `the client gets ${toClient(1)}`,
      );
    if (extent === 'connection') t.same(toClient(3), ['RST_STREAM 3 internalError'], 'it may have been processed');
    else {
      first.frames(first.head(3, [OK], true));
      await chat.settle();
      t.ok(toClient(3).includes('HEADERS 3 end :status=200'), 'the neighbour is not affected');
    }
    chat.client.frames(chat.client.head(5, GET, true));
    await chat.settle();
    t.equal(chat.connects, extent === 'connection' ? 2 : 1);
    const id = extent === 'connection' ? 1 : 5;
    chat.server.frames(chat.server.head(id, [OK], true));
    await chat.settle();
    t.same(toClient(5), ['HEADERS 5 end :status=200'], 'the next request is served');
    t.equal(chat.flows.filter(({ error }) => error).length, extent === 'none' ? 0 : extent === 'stream' ? 1 : 2);
    t.same(chat.errors, [], 'no error of our own');
  });
}

t.test('frames after the end of a stream', async (t) => {
  const late: [name: string, end: (server: Http2Peer) => Buffer, frame: Buffer][] = [];
  for (const [what, frame] of [
    ['DATA', rawFrame(data, 0, 1, 'x')],
    ['HEADERS', rawFrame(headers, END, 1, STATUS_200)],
  ] as const) {
    late.push([`${what} after END_STREAM`, (server) => server.head(1, [OK], true), frame]);
    late.push([`${what} after RST_STREAM`, () => rawFrame(rstStream, 0, 1, '\0\0\0\x08'), frame]);
  }
  for (const [name, end, frame] of late) {
    const chat = new Conversation();
    await chat.begin(chat.client.head(1, GET, true));
    chat.server.frames(end(chat.server), frame);
    await chat.settle();
    t.equal(chat.server.seen.at(-1), 'GOAWAY 0 streamClosed', name);
    t.equal(chat.flows.length, 1);
  }
});

t.test('frames of a stream that we have reset are ignored', async (t) => {
  const chat = new Conversation();
  await chat.begin(chat.client.head(1, GET, true), chat.client.head(3, GET, true));
  chat.client.frames(rawFrame(rstStream, 0, 1, '\0\0\0\x08'));
  await chat.settle();
  t.equal(chat.server.seen.at(-1), 'RST_STREAM 1 cancel');
  chat.server.frames(
    chat.server.head(1, [OK]),
    rawFrame(data, 0, 1, 'late'),
    rawFrame(windowUpdate, 0, 1, '\0\0\0\x01'),
  );
  chat.server.frames(rawFrame(rstStream, 0, 1, '\0\0\0\0'), chat.server.head(3, [OK], true));
  await chat.settle();
  t.equal(chat.client.seen.at(-1), 'HEADERS 3 end :status=200');
});

t.test('more content than the window allows', async (t) => {
  const chat = new Conversation();
  await chat.begin(chat.client.head(1, GET, true), chat.client.head(3, GET, true));
  chat.server.frames(chat.server.head(1, [OK]), many(80, rawFrame(data, 0, 1, 'x'.repeat(MAX_FRAME_SIZE))));
  await chat.settle();
  t.equal(chat.server.seen.at(-1), 'RST_STREAM 1 flowControlError');
  t.equal(chat.flows.length, 0, 'the client still reads what has arrived before');
  const window = '\0\x1f\xff\xff';
  chat.client.frames(rawFrame(windowUpdate, 0, 0, window), rawFrame(windowUpdate, 0, 1, window));
  await chat.settle();
  t.equal(chat.flows[0]?.error?.code, 'invalid-response');
});

t.test('a server that does not begin with SETTINGS', async (t) => {
  for (const bytes of [rawFrame(ping, 0, 0, '12345678'), rawFrame(settings, FLAG.ack, 0), rawFrame(data, 0, 1, 'x')]) {
    const chat = new Conversation([], {}, false);
    await chat.begin(chat.client.head(1, GET, true));
    chat.giveServer(bytes);
    await chat.settle();
    t.equal(chat.server.seen.at(-1), 'GOAWAY 0 protocolError');
    t.match(
      chat.client.seen.find((line) => line.startsWith('HEADERS 1')),
      BAD_GATEWAY,
    );
  }
});

t.test('GOAWAY, then silence: response_timeout ends the remaining streams', async (t) => {
  const chat = new Conversation([], { responseTimeout: 0.05 });
  await chat.begin(chat.client.head(1, GET, true));
  chat.server.frames(rawFrame(goAway, 0, 0, '\0\0\0\x01\0\0\0\0'));
  await chat.until(() => chat.flows.length === 1);
  t.equal(chat.flows[0]?.error?.code, 'upstream-timeout');
  t.match(
    chat.client.seen.find((line) => line.startsWith('HEADERS 1')),
    /^HEADERS 1 :status=504/,
  );
});

t.test('a server that refuses all windows: the upload waits, others continue', async (t) => {
  const chat = new Conversation();
  await chat.begin();
  chat.client.frames(chat.client.head(1, POST));
  await chat.settle();
  chat.server.frames(rawFrame(settings, 0, 0, setting(4, 0)));
  await chat.settle();
  chat.client.frames(rawFrame(data, 0, 1, 'abc'), chat.client.head(3, GET, true));
  await chat.settle();
  t.notOk(chat.server.seen.some((line) => line.startsWith('DATA')));
  chat.server.frames(chat.server.head(3, [OK], true), rawFrame(windowUpdate, 0, 1, '\0\0\0\x02'));
  await chat.settle();
  t.equal(chat.client.seen.at(-1), 'HEADERS 3 end :status=200');
  t.equal(chat.server.seen.at(-1), 'DATA 1 ab');
});
