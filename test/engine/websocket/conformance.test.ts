import { connect } from 'node:net';
import t from 'tap';
import { startEchoSocket } from '../../support/echo-socket.js';
import { TestProxy } from '../../support/test-proxy.js';
import {
  BINARY,
  CLOSE,
  closePayload,
  deflated,
  type FrameSpec,
  fragments,
  frame,
  KEY,
  PING,
  PONG,
  parseFrames,
  TEXT,
} from './frames.js';

/** What a client sends behind its handshake: each in a write of its own. */
type Script = readonly Buffer[];

const send = (spec: Omit<FrameSpec, 'key'>): Buffer => frame({ ...spec, key: KEY });
const close = (code = 1000, reason = ''): Buffer => send({ opcode: CLOSE, payload: closePayload(code, reason) });
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const byteByByte = (bytes: Buffer): Buffer[] => [...bytes].map((byte) => Buffer.of(byte));
const hello = send({ opcode: TEXT, payload: 'Hello, world!' });

function* cases(): Generator<[name: string, script: Script, compresses?: boolean]> {
  // Messages of all sizes.
  for (const opcode of [TEXT, BINARY]) {
    for (const size of [0, 1, 125, 126, 127, 128, 65_535, 65_536, 300_000]) {
      yield [`${size} bytes of opcode ${opcode}`, [send({ opcode, payload: Buffer.alloc(size, '*') }), close()]];
      const cut = fragments(opcode, Buffer.alloc(size, '*'), Math.max(1, Math.ceil(size / 7)), 0, KEY);
      yield [`the same in fragments`, [...cut, close()]];
    }
  }
  // Pings and pongs.
  for (const size of [0, 1, 125, 126]) {
    yield [`a ping of ${size} bytes`, [send({ opcode: PING, payload: Buffer.alloc(size, 0xfe) }), close()]];
  }
  yield ['a ping byte by byte', [...byteByByte(send({ opcode: PING, payload: 'slow' })), close()]];
  yield ['an unsolicited pong', [send({ opcode: PONG, payload: 'x' }), send({ opcode: PING, payload: 'y' }), close()]];
  yield [
    'ten pings',
    [Buffer.concat(Array.from({ length: 10 }, (_, at) => send({ opcode: PING, payload: `${at}` }))), close()],
  ];
  // Reserved bits and opcodes.
  for (const reserved of [1, 2, 3, 4, 5, 6, 7]) {
    yield [
      `reserved bits ${reserved}`,
      [hello, send({ opcode: TEXT, payload: 'x', reserved }), send({ opcode: PING })],
    ];
    yield [`reserved bits ${reserved} of a close frame`, [send({ opcode: CLOSE, reserved })]];
  }
  for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
    yield [`opcode ${opcode}`, [hello, send({ opcode }), send({ opcode: PING })]];
    yield [`opcode ${opcode} with a payload`, [hello, send({ opcode, payload: 'x' })]];
  }
  // Fragments.
  const [first, second] = fragments(TEXT, Buffer.from('fragment1fragment2'), 9, 0, KEY) as [Buffer, Buffer];
  yield ['a fragmented ping', [send({ opcode: PING, payload: 'x', fin: false }), send({ opcode: 0, payload: 'y' })]];
  yield ['a ping within', [first, send({ opcode: PING, payload: 'p' }), second, close()]];
  yield [
    'a ping within, byte by byte',
    byteByByte(Buffer.concat([first, send({ opcode: PING, payload: 'p' }), second, close()])),
  ];
  yield ['a continuation of nothing', [send({ opcode: 0, payload: 'x' }), hello]];
  yield ['one that goes on with nothing', [send({ opcode: 0, payload: 'x', fin: false }), hello]];
  yield ['a message within another', [first, hello, second]];
  yield ['a continuation behind a message', [first, second, second]];
  // Text, valid and not, at once and in pieces.
  const texts = [
    'ce ba',
    'ceba',
    'cebae1bdb9cf83cebcceb5',
    'cebae1bdb9cf83cebcceb5eda080656469746564',
    '48656c6c6f2dc2b540c39fc3b6',
    'f4908080',
    'efbfbf',
    'f48fbfbf',
    'c0',
    'c080',
    'e08080',
    'f0808080',
    'eda080',
    'edbfbf',
    'fe',
    'ff',
    '80',
    'bf',
    'c3',
    'e0bfbf',
    'f7bfbfbf',
    'f8888080 80',
    'fcbfbfbfbfbf',
    '41c2',
    'e282',
    'f09f98',
    'ed9fbf',
    'ee8080',
    'efbfbe',
  ];
  for (const text of texts) {
    const bytes = hex(text);
    yield [`text ${text}`, [send({ opcode: TEXT, payload: bytes }), close()]];
    yield [`text ${text} in fragments`, [...fragments(TEXT, bytes, 1, 0, KEY), close()]];
    yield [`text ${text} byte by byte`, [...byteByByte(send({ opcode: TEXT, payload: bytes })), close()]];
  }
  // Ends.
  for (const code of [1000, 1001, 1002, 1003, 1007, 1011, 3000, 3999, 4000, 4999])
    yield [`close ${code}`, [close(code)]];
  for (const code of [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535])
    yield [`close ${code}`, [close(code)]];
  yield ['close without a code', [send({ opcode: CLOSE })]];
  yield ['close with half a code', [send({ opcode: CLOSE, payload: 'x' })]];
  yield ['close with a reason', [close(1000, 'x'.repeat(123))]];
  yield ['close with too long a reason', [close(1000, 'x'.repeat(124))]];
  yield [
    'close with a reason that is not UTF-8',
    [send({ opcode: CLOSE, payload: hex('03e8ceba e1bd b9cf83ceb5eda080') })],
  ];
  yield ['close within a message', [first, close()]];
  yield ['a message behind close', [close(), hello]];
  yield ['a ping behind close', [close(), send({ opcode: PING })]];
  yield ['two closes', [close(), close()]];
  yield ['an end without close', [hello]];
  // Compression.
  for (const size of [0, 16, 1000, 65_536, 200_000]) {
    const payload = deflated(Buffer.alloc(size, 'tsdump '));
    yield [`${size} bytes compressed`, [send({ opcode: TEXT, payload, reserved: 4 }), close()], true];
    yield [`${size} bytes compressed, in fragments`, [...fragments(TEXT, payload, 5, 4, KEY), close()], true];
  }
  yield ['a compressed ping', [send({ opcode: PING, payload: 'x', reserved: 4 })], true];
  yield ['RSV1 in a continuation', [first, send({ opcode: 0, payload: 'x', reserved: 4 })], true];
}

const HANDSHAKE = [
  'GET / HTTP/1.1',
  'Host: localhost',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '',
].join('\r\n');
const OFFER = 'Sec-WebSocket-Extensions: permessage-deflate\r\n';

/** Plays a script against a server. @returns what came behind the handshake */
function play(port: number, script: Script, compresses: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const chunks: Buffer[] = [];
    let isOpen = false;
    const timer = setTimeout(() => socket.destroy(new Error('no end')), 20_000);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (isOpen || !Buffer.concat(chunks).includes('\r\n\r\n')) return;
      isOpen = true;
      void sendAll();
    });
    const sendAll = async (): Promise<void> => {
      for (const piece of script) {
        await new Promise((sent) => socket.write(piece, sent));
        // Each in a packet of its own, as far as the system lets us.
        if (script.length < 100) await new Promise(setImmediate);
      }
      // A server that has nothing to answer to is told that no more comes.
      socket.end();
    };
    socket.on('error', (error) => (error.message === 'no end' ? reject(error) : undefined));
    socket.on('close', () => {
      clearTimeout(timer);
      const bytes = Buffer.concat(chunks);
      resolve(describe(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)));
    });
    socket.write(`${HANDSHAKE}${compresses ? OFFER : ''}\r\n`);
  });
}

/** Frames that were received; of a close frame only the code, as a reason is for people. */
function describe(bytes: Buffer): string {
  const frames = parseFrames(bytes).map(({ opcode, fin, reserved, payload }) => {
    const content = opcode === CLOSE ? payload.subarray(0, 2) : payload;
    return `${opcode}${fin ? '' : '+'}${reserved || ''}:${content.toString('hex')}`;
  });
  return frames.join(' ');
}

t.test('a client gets the same through the proxy as directly', async (t) => {
  const port = await startEchoSocket(t);
  const mode = [`reverse:http://127.0.0.1:${port}`];
  const observing = await TestProxy.start(t, { options: { mode } });
  const holding = await TestProxy.start(t, { options: { mode }, addons: [{ websocketMessage: () => {} }] });
  const all = [...cases()];
  const worse: string[] = [];
  // Several at a time, as each waits for the other side.
  const run = async (): Promise<void> => {
    for (let next = all.pop(); next; next = all.pop()) {
      const [name, script, compresses = false] = next;
      const [direct, ...proxied] = await Promise.all(
        [port, observing.port, holding.port].map((each) => play(each, script, compresses)),
      );
      for (const [at, found] of proxied.entries()) {
        if (found !== direct)
          worse.push(`${name}${at === 1 ? ', held' : ''}: ${found.slice(0, 200)} in place of ${direct!.slice(0, 200)}`);
      }
    }
  };
  t.ok(all.length > 200);
  await Promise.all(Array.from({ length: 8 }, run));
  t.same(worse, []);
});
