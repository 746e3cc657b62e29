import t from 'tap';
import { CODE, FLAG, FRAME, SETTING } from '../../../src/engine/http2/frames/constants.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
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

/** A WebSocket on stream 3. It is offered to the client when the server, which stream 1 has reached, offers it. */
async function request(settings: [number, number][] = [], addons: Addon[] = []): Promise<Conversation> {
  const chat = new Conversation(addons, {}, false);
  chat.client.start(...settings);
  chat.client.frames(chat.client.head(1, GET, true));
  await chat.settle();
  chat.server.start([SETTING.enableConnectProtocol, 1]);
  chat.server.frames(chat.server.head(1, [OK], true));
  await chat.until(() => chat.flows.length === 1);
  chat.client.frames(chat.client.head(3, SOCKET));
  await chat.settle();
  return chat;
}

/** The same when the server has accepted it. */
async function tunnel(settings: [number, number][] = [], addons: Addon[] = []): Promise<Conversation> {
  const chat = await request(settings, addons);
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
    const chat = await tunnel([[SETTING.initialWindowSize, 2]]);
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

t.test('an extended CONNECT has no content: an addon that holds messages does not wait for its end', async (t) => {
  const seen: string[] = [];
  const addons: Addon[] = [
    {
      request: ({ request }) => void seen.push(`request ${request.protocol}`),
      response: ({ response }) => void seen.push(`response ${response?.statusCode}`),
      websocketMessage: ({ message }) => void seen.push(`message ${message.content?.length}`),
    },
  ];
  const chat = await tunnel([], addons);
  t.ok(chat.client.seen.includes('HEADERS 3 :status=200'));
  chat.client.frames(rawFrame(FRAME.data, FLAG.endStream, 3, question));
  await chat.settle();
  chat.server.frames(rawFrame(FRAME.data, FLAG.endStream, 3, answer));
  await chat.until(() => chat.flows.length === 2);
  t.same(after(chat.server.seen, 3), [`DATA 3 end ${question.toString('latin1')}`]);
  t.same(after(chat.client.seen, 3), [`DATA 3 end ${answer.toString('latin1')}`]);
  const hooks = ['request undefined', 'response 200', 'request websocket', 'response 200', 'message 8', 'message 6'];
  t.same(seen, hooks);
  const { request, error } = chat.flows[1]!;
  t.same([error, request.body.size, request.body.complete], [undefined, 0, true]);
});

t.test('bytes that the client sends before the answer belong to the tunnel', async (t) => {
  const chat = await request();
  chat.client.frames(data(3, question));
  await chat.settle();
  t.same(after(chat.server.seen, 3), []);
  chat.server.frames(chat.server.head(3, [OK]));
  await chat.settle();
  t.same(after(chat.server.seen, 3), [`DATA 3 ${question.toString('latin1')}`]);
});

t.test('an extended CONNECT that is refused', async (t) => {
  for (const addons of [[], [{ request: () => {}, response: () => {} }]]) {
    const chat = await request([], addons);
    chat.server.frames(chat.server.head(3, [[':status', '403']]), rawFrame(FRAME.data, FLAG.endStream, 3, 'no'));
    await chat.until(() => chat.flows.length === 2);
    t.same(after(chat.client.seen, 3), ['DATA 3 end no']);
    t.same(after(chat.server.seen, 3), ['DATA 3 end'], 'the stream to the server ends');
    t.equal(chat.flows[1]!.error, undefined);
  }
});
