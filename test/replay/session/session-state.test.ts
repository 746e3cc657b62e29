import t from 'tap';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { MessageLog } from '../../../src/flow/message-log/message-log.js';
import { CapturedValues } from '../../../src/replay/session/captured-values.js';
import { SessionState } from '../../../src/replay/session/session-state.js';
import { type Exchange, flowOf, newSettings, replay, replayRound, responseOf, useOf } from './conversation.js';

const JSON_TYPE = 'Content-Type: application/json';

t.test('users who got the same value are told apart', async (t) => {
  // Both users see their first task under the same number; the new server counts for all users.
  const create = (user: string, recorded: number, answer: number): Exchange => ({
    client: user,
    request: `POST /tasks\nCookie: sid=${user}`,
    recorded: `${JSON_TYPE}\n\n{"id":${recorded}}`,
    answer: `${JSON_TYPE}\n\n{"id":${answer}}`,
  });
  const read = (user: string, client = user): Exchange => ({ client, request: `GET /tasks/1\nCookie: sid=${user}` });
  const exchanges = [create('a', 1, 17), create('b', 1, 18), read('a'), read('b'), read('a', 'c'), read('b', 'd')];
  for (const isPipe of [false, true]) {
    const sent = (await replay(exchanges, isPipe)).slice(2).map(({ text }) => text.split('\n')[0]);
    t.same(sent, ['GET /tasks/17', 'GET /tasks/18', 'GET /tasks/17', 'GET /tasks/18'], isPipe ? 'pipe' : 'file');
  }
});

t.test('a number that is given again is a new one', async (t) => {
  const create = (answer: number): Exchange => ({
    request: 'POST /items',
    recorded: `201\n${JSON_TYPE}\n\n{"id":5}`,
    answer: `201\n${JSON_TYPE}\n\n{"id":${answer}}`,
  });
  const exchanges: Exchange[] = [
    create(9),
    // A list in another order repeats what is known.
    {
      request: 'GET /items',
      recorded: `${JSON_TYPE}\n\n[{"id":5},{"id":6}]`,
      answer: `${JSON_TYPE}\n\n[{"id":6},{"id":9}]`,
    },
    { request: 'DELETE /items/5' },
    create(10),
    { request: 'GET /items/5' },
  ];
  for (const isPipe of [false, true]) {
    const sent = (await replay(exchanges, isPipe)).map(({ text }) => text);
    t.equal(sent[2], 'DELETE /items/9');
    t.equal(sent[4], 'GET /items/10');
  }
});

t.test('the latest cookie is sent', async (t) => {
  const page = (answer: string, sid = ''): Exchange => ({
    request: `GET /${sid === '' ? '' : `\nCookie: sid=${sid}`}`,
    recorded: 'Set-Cookie: sid=old',
    answer: `Set-Cookie: sid=${answer}`,
  });
  for (const isPipe of [false, true]) {
    const sent = await replay([page('n1'), page('n2', 'old'), page('n3', 'old'), page('n4', 'old')], isPipe);
    t.same(
      sent.map(({ text }) => text),
      ['GET /', 'GET /\nCookie: sid=n1', 'GET /\nCookie: sid=n2', 'GET /\nCookie: sid=n3'],
    );
  }
});

t.test('substitutions are listed with their places', async (t) => {
  const sent = await replay([
    {
      request: 'POST /items',
      recorded: `Set-Cookie: sid=abc\n${JSON_TYPE}\n\n{"id":42,"token":"a1b2c3d4e5"}`,
      answer: `Set-Cookie: sid=xyz\n${JSON_TYPE}\n\n{"id":97,"token":"z9y8x7w6v5"}`,
    },
    {
      request: `POST /items/42?t=a1b2c3d4e5\nCookie: sid=abc\nX-T: a a1b2c3d4e5\n${JSON_TYPE}\n\n{"a":[{"item_id":42}]}`,
    },
  ]);
  t.same(sent[1]?.substitutions, [
    { place: 'path 2', recorded: '42', value: '97' },
    { place: 'query t', recorded: 'a1b2c3d4e5', value: 'z9y8x7w6v5' },
    { place: 'cookie sid', recorded: 'abc', value: 'xyz' },
    { place: 'header x-t', recorded: 'a1b2c3d4e5', value: 'z9y8x7w6v5' },
    { place: 'json $.a[0].item_id', recorded: '42', value: '97' },
  ]);
  t.same(sent[0]?.substitutions, []);
});

t.test('a request waits for the response whose value it uses', async (t) => {
  const login: Exchange = { request: 'POST /login', recorded: 'Set-Cookie: sid=abc', time: 0 };
  const other: Exchange = { request: 'GET /other', recorded: `X-Nothing: 1`, time: 1 };
  const page: Exchange = { request: 'GET /\nCookie: sid=abc', time: 2 };
  for (const isPipe of [false, true]) {
    const flows = [login, other, page].map(flowOf);
    const state = isPipe ? new SessionState(newSettings()) : new SessionState(newSettings(), await useOf(flows));
    for (const flow of flows) state.onRead(flow);
    await state.rewrite(flows[0]!, flows[0]!.request.clone());
    await state.rewrite(flows[1]!, flows[1]!.request.clone());
    const request = flows[2]!.request.clone();
    let isReady = false;
    const waiting = state.rewrite(flows[2]!, request).then(() => {
      isReady = true;
    });
    await state.onEnded(flows[1]!, flows[1]!.copy());
    await new Promise(setImmediate);
    t.equal(isReady, false, 'the login has not been answered');
    const replayed = flows[0]!.copy();
    replayed.response = responseOf('Set-Cookie: sid=xyz');
    await state.onEnded(flows[0]!, replayed);
    await waiting;
    t.equal(request.headers.get('cookie'), 'sid=xyz');
  }
});

t.test('a request goes on if the response that it waits for does not come', async (t) => {
  const exchanges: Exchange[] = [
    { request: 'POST /login', recorded: 'Set-Cookie: sid=abc' },
    { request: 'GET /\nCookie: sid=abc', time: 2 },
  ];
  const flows = exchanges.map(flowOf);
  const state = new SessionState(newSettings(), await useOf(flows));
  // It was not read again.
  await state.rewrite(flows[1]!, flows[1]!.request.clone());
  for (const flow of flows) state.onRead(flow);
  const request = flows[1]!.request.clone();
  const waiting = state.rewrite(flows[1]!, request);
  await state.onEnded(flows[0]!, undefined);
  await waiting;
  t.equal(request.headers.get('cookie'), 'sid=abc');
});

t.test('requests of a user keep their order on any connection', async (t) => {
  const exchanges: Exchange[] = [
    { client: 'a', request: 'POST /items\nCookie: sid=0123456789', recorded: 'X-A: b', time: 0 },
    { client: 'b', request: 'GET /items\nCookie: sid=0123456789', recorded: 'X-A: b', time: 0.2 },
    { client: 'c', request: 'GET /items\nCookie: sid=0123456789', recorded: 'X-A: b', time: 2 },
    { client: 'd', request: 'GET /items\nCookie: sid=9876543210', recorded: 'X-A: b', time: 2 },
  ];
  const flows = exchanges.map(flowOf);
  const state = new SessionState(newSettings(), await useOf(flows));
  for (const flow of flows) state.onRead(flow);
  const ready: number[] = [];
  const prepared = flows.map((flow, at) =>
    state.rewrite(flow, flow.request.clone()).then(() => {
      ready.push(at);
    }),
  );
  await Promise.all([prepared[0], prepared[1], prepared[3]]);
  await state.onEnded(flows[1]!, flows[1]!.copy());
  await new Promise(setImmediate);
  t.same(ready.sort(), [0, 1, 3], 'the first has not been answered');
  await state.onEnded(flows[0]!, flows[0]!.copy());
  await prepared[2];
  t.same(ready, [0, 1, 3, 2]);
});

t.test('each round has values of its own', async (t) => {
  const exchanges: Exchange[] = [
    { request: 'POST /login', recorded: 'Set-Cookie: sid=abc', answer: 'Set-Cookie: sid=r1' },
    { request: 'GET /\nCookie: sid=abc' },
  ];
  const flows = exchanges.map((exchange, at) => flowOf({ time: at, ...exchange }));
  const state = new SessionState(newSettings(), await useOf(flows));
  t.match((await replayRound(state, exchanges, flows))[1], { text: /sid=r1/ });
  state.nextRound();
  const silent = [{ ...exchanges[0]!, answer: '500\nX-A: b' }, exchanges[1]!];
  t.match((await replayRound(state, silent, flows))[1], { text: /sid=abc/ }, 'nothing is left of the first round');
  state.nextRound();
  const again = [{ ...exchanges[0]!, answer: 'Set-Cookie: sid=r3' }, exchanges[1]!];
  t.match((await replayRound(state, again, flows))[1], { text: /sid=r3/ });
});

t.test('values of overlapping requests do not count', async (t) => {
  // The response came after the request had begun.
  const exchanges: Exchange[] = [
    { request: 'POST /items', recorded: `${JSON_TYPE}\n\n{"id":42}`, answer: `${JSON_TYPE}\n\n{"id":97}`, time: 0 },
    { request: 'GET /items/42', time: 0.2 },
  ];
  for (const isPipe of [false, true]) t.equal((await replay(exchanges, isPipe))[1]?.text, 'GET /items/42');
});

t.test('the messages of a WebSocket client get the new values of responses', async (t) => {
  const login: Exchange = {
    request: 'POST /login',
    recorded: `${JSON_TYPE}\n\n{"token":"0123456789abcdef","room":7}`,
    answer: `${JSON_TYPE}\n\n{"token":"fedcba9876543210","room":8}`,
  };
  const chat = flowOf({ request: 'GET /chat', recorded: '101\n', time: 10 });
  const said = ['{"auth":"0123456789abcdef"}', 'JOIN 0123456789abcdef now', '{"text":"hello"}'];
  chat.websocket = { byClient: true, code: 1000, reason: '', timestamp: 1020 };
  chat.messages = new MessageLog();
  chat.messages.keepIn(new SpoolPolicy());
  for (const [at, text] of said.entries()) {
    chat.messages.append({ fromClient: true, opcode: 1, timestamp: 1011 + at, content: Buffer.from(text) });
    chat.messages.append({ fromClient: false, opcode: 1, timestamp: 1011.5 + at, content: Buffer.from(text) });
    chat.messages.append({ fromClient: true, opcode: 2, timestamp: 1011.7 + at, content: Buffer.from(text) });
  }
  for (const isPipe of [false, true]) {
    const settings = newSettings();
    const use = isPipe ? undefined : new CapturedValues(settings);
    const recorded = flowOf(login);
    for (const flow of [recorded, chat]) await use?.addRequest(flow);
    for (const flow of [recorded, chat]) await use?.addResponse(flow);
    use?.finish();
    const state = new SessionState(settings, use);
    for (const flow of [recorded, chat]) state.onRead(flow);
    await state.rewrite(recorded, recorded.request.clone());
    const replayed = flowOf(login);
    replayed.response = responseOf(login.answer!);
    await state.onEnded(recorded, replayed);
    await state.rewrite(chat, chat.request.clone());
    const sent: string[] = [];
    for await (const message of chat.messages) {
      if (message.fromClient) sent.push(String(state.rewriteMessage(chat, message).content));
    }
    t.same(
      sent,
      ['{"auth":"fedcba9876543210"}', said[0], 'JOIN fedcba9876543210 now', said[1], said[2], said[2]],
      isPipe ? 'pipe' : 'file',
    );
  }
});

t.test('values in the messages of a WebSocket server are carried over', async (t) => {
  const message = (fromClient: boolean, timestamp: number, text: string) => ({
    fromClient,
    opcode: 1,
    timestamp,
    content: Buffer.from(text),
  });
  const rows: [name: string, was: string, now: string, uses: string, used: string, rule?: string][] = [
    ['a regex', 'ticket=a1 x', 'ticket=b2 x', '{"t":"a1"}', '{"t":"b2"}', '/ticket=(\\w+)/ -> $.t'],
    ['a path', '{"x":{"t":"a1"}}', '{"x":{"t":"b2"}}', '{"t":"a1"}', '{"t":"b2"}', '$.x.t -> .t'],
    ['JSON', '{"ticket":"0123456789abcdef"}', '{"ticket":"fedcba9876543210"}', '0123456789abcdef', 'fedcba9876543210'],
    ['short ids', '{"room":{"id":7}}', '{"room":{"id":8}}', '{"room_id":7}', '{"room_id":8}'],
    ['Socket.IO', '42["hi",{"sid":"0123456789ab"}]', '42["hi",{"sid":"ba9876543210"}]', '0123456789ab', 'ba9876543210'],
    ['a value alone', '0123456789abcdef', 'fedcba9876543210', 'JOIN 0123456789abcdef', 'JOIN fedcba9876543210'],
    ['other content', '{"ticket":"0123456789abcdef"}', 'busy', '0123456789abcdef', '0123456789abcdef'],
  ];
  for (const [name, was, now, uses, used, rule] of rows) {
    const settings = newSettings(rule === undefined ? [] : [rule]);
    const chat = flowOf({
      request: 'GET /chat\nSec-WebSocket-Extensions: permessage-deflate',
      recorded: '101\n',
      time: 10,
    });
    chat.websocket = { byClient: true, code: 1000, reason: '', timestamp: 1090 };
    chat.messages = new MessageLog();
    chat.messages.keepIn(new SpoolPolicy());
    const late = message(true, 1030, uses);
    for (const each of [message(false, 1011, 'hello you'), message(false, 1012, was), late]) chat.messages.append(each);
    const post = flowOf({ request: `POST /rooms\nContent-Type: text/plain\n\n${uses}`, time: 40, client: 'other' });
    const use = await useOf([chat, post], settings);
    const state = new SessionState(settings, use);
    state.onRead(chat);
    state.onRead(post);
    const opening = chat.request.clone();
    await state.rewrite(chat, opening);
    t.not(opening.headers.has('sec-websocket-extensions'), name);
    let isReady = false;
    const request = post.request.clone();
    const preparing = state.rewrite(post, request).then(() => {
      isReady = true;
    });
    await new Promise(setImmediate);
    state.onServerMessage(chat, 1, Buffer.from('hello me'));
    t.notOk(isReady, `${name}: the request waits for the message`);
    state.onServerMessage(chat, 2, Buffer.from(now));
    // The conversation has not ended.
    await preparing;
    t.equal(String(await request.body.bytes()), used, `${name}: a later request`);
    t.equal(String(state.rewriteMessage(chat, late).content), used, `${name}: a later message`);
  }
});

t.test('a request does not wait for messages that do not come', async (t) => {
  const chat = flowOf({ request: 'GET /chat', recorded: '101\n', time: 10 });
  chat.websocket = { byClient: true, code: 1000, reason: '', timestamp: 1090 };
  chat.messages = new MessageLog();
  chat.messages.keepIn(new SpoolPolicy());
  const content = Buffer.from('{"ticket":"0123456789abcdef"}');
  chat.messages.append({ fromClient: false, opcode: 1, timestamp: 1011, content });
  const get = flowOf({ request: 'GET /join?t=0123456789abcdef', time: 40, client: 'other' });
  const state = new SessionState(newSettings(), await useOf([chat, get]));
  for (const flow of [chat, get]) state.onRead(flow);
  await state.rewrite(chat, chat.request.clone());
  const preparing = state.rewrite(get, get.request.clone());
  await state.onEnded(chat, undefined);
  t.same(await preparing, []);
});

/** Content of a large response, for a token and an id. */
const LARGE: [type: string, content: (token: string, id: number) => string][] = [
  ['application/json', (token, id) => `{"items":[${'{"name":"x"},'.repeat(500)}{"id":${id}}],"token":"${token}"}`],
  [
    'text/html',
    (token, id) =>
      `<p>${'é <b>text</b> '.repeat(500)}<a href="/items/${id}">x</a><form><input type=hidden name=t value=${token}></form>`,
  ],
  [
    'application/xml; charset=iso-8859-1',
    (token, id) => `<r>${'<i name="x">text</i>'.repeat(500)}<item><id>${id}</id></item><token>${token}</token></r>`,
  ],
  [
    'text/event-stream',
    (token, id) => `${'data: some words\r\n\r\n'.repeat(500)}data: {"item_id":${id}}\r\ndata: ${token}\r\n\r\n`,
  ],
];

t.test('responses that are larger than the limit are searched, too', async (t) => {
  for (const [type, content] of LARGE)
    for (const isPipe of [false, true]) {
      const large = (token: string, id: number) => `Content-Type: ${type}\n\n${content(token, id)}`;
      const list: Exchange = {
        request: 'GET /items',
        recorded: large('0123456789abcdef', 7),
        answer: large('fedcba9876543210', 8),
      };
      const get: Exchange = { request: 'GET /items/7?t=0123456789abcdef' };
      let sawTooLarge = false;
      const settings = { ...newSettings(), limit: 1000, onTooLarge: () => (sawTooLarge = true) };
      const flows = [list, get].map((exchange, time) => flowOf({ ...exchange, time }));
      const state = new SessionState(settings, isPipe ? undefined : await useOf(flows, settings));
      const [, sent] = await replayRound(state, [list, get], flows);
      t.equal(sent?.text, isPipe ? get.request : 'GET /items/8?t=fedcba9876543210', type);
      t.equal(sawTooLarge, isPipe, `${type}: a pipe cannot be read in advance`);
    }
});
