import t from 'tap';
import { CODE, FLAG, FRAME, SETTING } from '../../../src/engine/http2/frames/constants.js';
import { GET, type RawField, rawFrame } from '../../support/http2-peer.js';
import { frame, KEY, TEXT } from '../websocket/frames.js';
import { Conversation } from './conversation.js';

const OK: RawField = [':status', '200'];
const SOCKET: readonly RawField[] = [
  [':method', 'CONNECT'],
  [':protocol', 'websocket'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'a.test'],
];

const data = (stream: number, text: Buffer | string): Buffer => rawFrame(FRAME.data, 0, stream, text);
const reset = (stream: number, code: number): Buffer =>
  rawFrame(FRAME.rstStream, 0, stream, Buffer.from([0, 0, 0, code]));
const answer = frame({ opcode: TEXT, payload: 'answer' });
const question = frame({ opcode: TEXT, payload: 'question', key: KEY });

/** The frames of a stream that a peer has received after its head, without window updates. */
function after(seen: readonly string[], stream = 1): string[] {
  return seen.filter((line) => line.startsWith(`DATA ${stream} `) || line.startsWith(`RST_STREAM ${stream} `));
}

t.test('content that the server sends right before it resets the stream reaches the client', async (t) => {
  for (const [name, code] of Object.entries(CODE)) {
    const chat = new Conversation();
    await chat.begin(chat.client.head(1, GET, true));
    const head = chat.server.head(1, [OK]);
    chat.server.frames(head, data(1, 'some'), reset(1, code));
    await chat.until(() => chat.flows.length === 1);
    // An incomplete response must not look complete (RFC 9113 section 8.1).
    const forwarded = code === CODE.noError ? 'internalError' : name;
    t.same(after(chat.client.seen), ['DATA 1 some', `RST_STREAM 1 ${forwarded}`], name);
    t.equal(chat.flows[0]!.error?.code, 'stream-reset');
  }
});

t.test('content behind a closed window does not delay the end of the flow', async (t) => {
  const chat = new Conversation();
  chat.client.start([4, 2]);
  chat.client.frames(chat.client.head(1, GET, true));
  await chat.settle();
  chat.server.frames(chat.server.head(1, [OK]), data(1, 'some'), reset(1, CODE.cancel));
  await chat.until(() => chat.flows.length === 1);
  t.same(after(chat.client.seen), ['DATA 1 so']);
  chat.client.frames(rawFrame(FRAME.windowUpdate, 0, 1, '\0\0\0\x02'));
  await chat.settle();
  t.same(after(chat.client.seen), ['DATA 1 so', 'DATA 1 me', 'RST_STREAM 1 cancel']);
});

/** A WebSocket on stream 3. It is offered to the client when the server, which stream 1 has reached, offers it. */
async function tunnel(...settings: [number, number][]): Promise<Conversation> {
  const chat = new Conversation([], {}, false);
  chat.client.start(...settings);
  chat.client.frames(chat.client.head(1, GET, true));
  await chat.settle();
  chat.server.start([SETTING.enableConnectProtocol, 1]);
  chat.server.frames(chat.server.head(1, [OK], true));
  await chat.until(() => chat.flows.length === 1);
  chat.client.frames(chat.client.head(3, SOCKET));
  await chat.settle();
  chat.server.frames(chat.server.head(3, [OK]));
  await chat.settle();
  return chat;
}

t.test('a tunnel', async (t) => {
  await t.test('that the server closes with NO_ERROR ends properly', async (t) => {
    const chat = await tunnel();
    chat.server.frames(data(3, answer), reset(3, CODE.noError));
    await chat.settle();
    t.same(after(chat.client.seen, 3), [`DATA 3 end ${answer.toString('latin1')}`]);
    chat.client.frames(rawFrame(FRAME.data, FLAG.endStream, 3, question));
    await chat.until(() => chat.flows.length === 2);
    t.equal(chat.flows[1]!.error, undefined);
  });

  await t.test('that the client closes with NO_ERROR ends properly', async (t) => {
    const chat = await tunnel();
    chat.client.frames(data(3, question), reset(3, CODE.noError));
    await chat.settle();
    t.same(after(chat.server.seen, 3), [`DATA 3 end ${question.toString('latin1')}`]);
    chat.server.frames(rawFrame(FRAME.data, FLAG.endStream, 3, answer));
    await chat.until(() => chat.flows.length === 2);
    t.equal(chat.flows[1]!.error, undefined);
  });

  await t.test('that both sides end at once loses nothing behind a closed window', async (t) => {
    const chat = await tunnel([SETTING.initialWindowSize, 2]);
    const end = (content: Buffer): Buffer => rawFrame(FRAME.data, FLAG.endStream, 3, content);
    chat.client.frames(end(question));
    await chat.settle();
    chat.server.frames(end(answer));
    await chat.until(() => chat.flows.length === 2);
    chat.client.frames(rawFrame(FRAME.windowUpdate, 0, 3, '\0\0\0\x09'));
    await chat.settle();
    const text = answer.toString('latin1');
    t.same(after(chat.client.seen, 3), [`DATA 3 ${text.slice(0, 2)}`, `DATA 3 end ${text.slice(2)}`]);
    t.equal(chat.flows[1]!.error, undefined);
  });

  await t.test('that the server breaks off: the client gets what it has sent, and a reset', async (t) => {
    const chat = await tunnel();
    chat.server.frames(data(3, answer), reset(3, CODE.cancel));
    await chat.until(() => chat.flows.length === 2);
    t.same(after(chat.client.seen, 3), [`DATA 3 ${answer.toString('latin1')}`, 'RST_STREAM 3 connectError']);
    t.equal(chat.flows[1]!.error?.code, 'stream-reset');
  });

  await t.test('that the client breaks off: the server gets what it has sent, and a reset', async (t) => {
    const chat = await tunnel();
    chat.client.frames(data(3, question), reset(3, CODE.cancel));
    await chat.until(() => chat.flows.length === 2);
    t.same(after(chat.server.seen, 3), [`DATA 3 ${question.toString('latin1')}`, 'RST_STREAM 3 connectError']);
    t.equal(chat.flows[1]!.error?.code, 'client-disconnected');
  });
});
