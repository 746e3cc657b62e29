import t from 'tap';
import { type Framing, PAUSED } from '../../../src/engine/http/wire.js';
import { Http1Reader } from '../../../src/engine/http1/reader.js';
import { cuts } from '../../support/cuts.js';
import { FakeSocket } from '../../support/fake-socket.js';
import { later } from '../../support/later.js';

const HEAD = 'GET / HTTP/1.1\r\n\r\n';
const LIMITS = { maxHeaderSize: 200, strict: true };

function reading(status: 400 | 502 = 400): { socket: FakeSocket; reader: Http1Reader } {
  const socket = new FakeSocket();
  return { socket, reader: new Http1Reader(socket.asSocket, { ...LIMITS, status }) };
}

class Gatherer {
  readonly wires: Buffer[] = [];
  readonly contents: Buffer[] = [];
  wire(bytes: Buffer): void {
    this.wires.push(bytes);
  }
  content(bytes: Buffer): void {
    this.contents.push(bytes);
  }
}

/** What became of a promise, or of what was there at once. */
async function outcome(pending: unknown): Promise<string> {
  try {
    const value = await pending;
    return value === undefined ? 'nothing' : (value as { line: string }).line;
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
}

t.test('buffered messages are returned synchronously', async (t) => {
  const { socket, reader } = reading();
  socket.give(`${HEAD}body${HEAD}`);
  const head = reader.readHead();
  t.notOk(head instanceof Promise);
  const sink = new Gatherer();
  t.equal(reader.readBody({ kind: 'length', length: 4 }, sink), undefined);
  t.equal(sink.contents.join(''), 'body');
  t.equal(reader.readBody({ kind: 'none' }, sink), undefined);
  t.notOk(reader.readHead() instanceof Promise);
  t.equal(reader.buffered, 0);
});

const BODIES: [name: string, framing: Framing, wire: string, content: string, trailers?: string][] = [
  ['a length', { kind: 'length', length: 5 }, 'hello', 'hello'],
  ['chunks', { kind: 'chunked' }, '2\r\nhe\r\n3;x\r\nllo\r\n0\r\n\r\n', 'hello'],
  ['chunks with trailers', { kind: 'chunked' }, '5\r\nhello\r\n0\r\nA: 1\r\n\r\n', 'hello', 'A: 1\r\n'],
];

t.test('several messages, however they are split', async (t) => {
  for (const [name, framing, wire, content, trailers] of BODIES) {
    const bytes = Buffer.from(`${HEAD}${wire}${HEAD}rest`);
    for (const pieces of cuts(bytes)) {
      const { socket, reader } = reading();
      const first = outcome(reader.readHead());
      const sink = new Gatherer();
      const all = first.then(async (line) => {
        await reader.readBody(framing, sink);
        const seen = reader.trailers?.block.toString();
        return [
          line,
          sink.wires.join(''),
          sink.contents.join(''),
          seen,
          await outcome(reader.readHead()),
          reader.detach().toString(),
        ];
      });
      for (const piece of pieces) {
        socket.give(piece);
        await later();
      }
      const found = await all;
      const expected = ['GET / HTTP/1.1', wire, content, trailers, 'GET / HTTP/1.1'];
      if (JSON.stringify(found.slice(0, 5)) !== JSON.stringify(expected))
        t.same(found, expected, `${name} ${pieces.length}`);
      if (!'rest'.startsWith(found[5]!)) t.fail(`what is behind: ${found[5]}`);
    }
    t.pass(name);
  }
});

t.test('a body that ends with the connection', async (t) => {
  const { socket, reader } = reading(502);
  const sink = new Gatherer();
  const pending = reader.readBody({ kind: 'close' }, sink);
  socket.give('some');
  socket.give('thing');
  socket.giveEnd();
  t.equal(await outcome(pending), 'nothing');
  t.equal(sink.contents.join(''), 'something');
});

t.test('the connection ends inside a message', async (t) => {
  const sink = new Gatherer();
  const cases: [name: string, given: string, framing: Framing | undefined, client: string, server: string][] = [
    ['nothing', '', undefined, 'nothing', 'nothing'],
    ['empty lines', '\r\n\r\n', undefined, 'nothing', 'nothing'],
    ['a piece of a head', 'GET', undefined, 'Client disconnected inside a head.', 'Connection closed inside a head'],
    [
      'a piece of a length',
      'abc',
      { kind: 'length', length: 5 },
      'Client disconnected with 2 bytes of the body missing.',
      'Connection closed with 2 bytes of the body missing',
    ],
    [
      'chunks',
      '5\r\nhe',
      { kind: 'chunked' },
      'Client disconnected inside a chunked body.',
      'Connection closed inside a chunked body',
    ],
  ];
  for (const [name, given, framing, client, server] of cases) {
    for (const [status, expected, error] of [
      [400, client, 'ClientGoneError'],
      [502, server, 'TruncatedError'],
    ] as const) {
      for (const early of [false, true]) {
        const { socket, reader } = reading(status);
        const ask = () => outcome(framing ? reader.readBody(framing, sink) : reader.readHead());
        const pending = early ? undefined : ask();
        if (given) socket.give(given);
        socket.giveEnd();
        const found = await (pending ?? ask());
        t.equal(found, expected === 'nothing' ? expected : `${error}: ${expected}`, `${name}, ${status}`);
        t.equal(reader.atEnd, true);
      }
    }
  }
});

t.test('a socket that is half-closed already', async (t) => {
  const socket = new FakeSocket();
  socket.giveEnd();
  const reader = new Http1Reader(socket.asSocket, { ...LIMITS, status: 502 });
  t.equal(reader.atEnd, true);
  t.equal(await outcome(reader.readHead()), 'nothing');
});

t.test('a failure rejects pending and later reads', async (t) => {
  const { reader } = reading();
  const waiting = outcome(reader.readHead());
  reader.fail(new Error('first'));
  reader.fail(new Error('second'));
  t.equal(await waiting, 'Error: first');
  t.equal(await outcome(reader.readHead()), 'Error: first');
  t.equal(await outcome(reader.readBody({ kind: 'close' }, new Gatherer())), 'Error: first');
});

t.test('heads have a limit', async (t) => {
  const text = (length: number) => `GET / HTTP/1.1\r\nA: ${'a'.repeat(length - 23)}\r\n\r\n`;
  const over = 'ProtocolError: Refused: a head of more than 200 bytes (max_header_size)';
  for (const [given, expected] of [
    [text(200), 'GET / HTTP/1.1'],
    [`${text(200)}${'x'.repeat(1000)}`, 'GET / HTTP/1.1'],
    [text(201), over],
    ['a'.repeat(201), over],
    [`${'\r\n'.repeat(1000)}${text(200)}`, 'GET / HTTP/1.1'],
  ] as const) {
    for (const size of [1, 7, 10_000]) {
      const { socket, reader } = reading();
      const pending = outcome(reader.readHead());
      for (let at = 0; at < given.length; at += size) socket.give(given.slice(at, at + size));
      t.equal(await pending, expected, `${given.length} bytes, ${size} at a time`);
    }
  }
});

t.test('work for a head that arrives byte by byte is linear', async (t) => {
  for (const filler of ['a', '\r\n']) {
    const socket = new FakeSocket();
    const reader = new Http1Reader(socket.asSocket, { maxHeaderSize: 1 << 20, strict: true, status: 400 });
    const pending = outcome(reader.readHead());
    const piece = Buffer.from(filler);
    // With work for each byte that was there before, this takes minutes.
    for (let count = 0; count < 400_000; count++) socket.give(piece);
    socket.give(' / HTTP/1.1\r\n\r\n');
    t.match(await pending, filler === 'a' ? /^a+ \/ HTTP\/1.1$/ : ' / HTTP/1.1');
  }
});

t.test('the start of a head is reported once', async (t) => {
  const { socket, reader } = reading();
  let begun = 0;
  reader.onHeadBegun = () => begun++;
  const pending = outcome(reader.readHead());
  socket.give('\r\n');
  t.equal(begun, 0, 'an empty line is no beginning');
  socket.give('G');
  socket.give('E');
  socket.give('T');
  t.equal(begun, 1);
  socket.give(' / HTTP/1.1\r\n\r\n');
  await pending;
  const next = outcome(reader.readHead());
  socket.give(HEAD);
  await next;
  t.equal(begun, 1, 'one that comes whole is not waited for');
});

t.test('without a reader it buffers a limited amount and pauses', async (t) => {
  const { socket, reader } = reading();
  let told = 0;
  reader.onIdleBytes = () => told++;
  socket.give(HEAD);
  t.equal(socket.isPaused, false, 'so that the end of the peer is noticed');
  socket.give(Buffer.alloc(64 * 1024));
  t.equal(socket.isPaused, true);
  t.equal(told, 2);
  await reader.readHead();
  t.equal(reader.buffered, 64 * 1024);
  const pending = reader.readBody({ kind: 'length', length: 64 * 1024 + 1 }, new Gatherer());
  t.equal(socket.isPaused, false, 'until the next read');
  socket.give('x');
  t.equal(await outcome(pending), 'nothing');
});

t.test('it resumes when all reasons to pause are gone', async (t) => {
  const { socket, reader } = reading();
  reader.pause(PAUSED.byWriter);
  reader.pause(PAUSED.byDisk);
  reader.resume(PAUSED.byWriter);
  t.equal(socket.isPaused, true);
  reader.resume(PAUSED.byDisk);
  t.equal(socket.isPaused, false);
});

t.test('bytes after a CONNECT are returned at once', async (t) => {
  for (const asked of [false, true]) {
    const { socket, reader } = reading();
    const pending = asked ? reader.readHead() : undefined;
    socket.give('CONNECT a:1 HTTP/1.1\r\n\r\nbehind');
    t.equal(await outcome(pending ?? reader.readHead()), 'CONNECT a:1 HTTP/1.1');
    t.equal(socket.putBack.join(''), 'behind');
    t.equal(socket.isPaused, true);
    t.equal(reader.detach().length, 0);
  }
});

t.test('when detached it returns unread bytes and removes its listeners', async (t) => {
  const { socket, reader } = reading();
  socket.give(`${HEAD}rest`);
  await reader.readHead();
  t.equal(reader.detach().toString(), 'rest');
  t.equal(socket.isPaused, true);
  t.equal(socket.listenerCount('data'), 0);
  t.equal(socket.listenerCount('end'), 0);
});
