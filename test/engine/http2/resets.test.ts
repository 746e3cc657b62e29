import t from 'tap';
import { CODE, FLAG, FRAME } from '../../../src/engine/http2/frames/constants.js';
import { GET, type RawField, rawFrame } from '../../support/http2-peer.js';
import { Conversation } from './conversation.js';

const OK: RawField = [':status', '200'];
const data = (stream: number, text: Buffer | string): Buffer => rawFrame(FRAME.data, 0, stream, text);
const reset = (stream: number, code: number): Buffer =>
  rawFrame(FRAME.rstStream, 0, stream, Buffer.from([0, 0, 0, code]));
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

const POST: readonly RawField[] = [[':method', 'POST'], ...GET.slice(1), ['content-length', '100']];

t.test('a response to a request that is still being sent', async (t) => {
  const chat = new Conversation();
  await chat.begin(chat.client.head(1, POST), data(1, 'some'));
  chat.server.frames(chat.server.head(1, [[':status', '413']]), rawFrame(FRAME.data, FLAG.endStream, 1, 'no'));
  chat.server.frames(reset(1, CODE.noError));
  await chat.until(() => chat.flows.length === 1);
  // Many clients fail if the reset arrives together with the response.
  t.same(after(chat.client.seen), ['DATA 1 end no']);
  chat.client.frames(data(1, 'more'), rawFrame(FRAME.data, FLAG.endStream, 1));
  await chat.settle();
  t.same(after(chat.client.seen), ['DATA 1 end no', 'RST_STREAM 1 protocolError'], 'the request is malformed');
  chat.client.frames(chat.client.head(3, POST), data(3, 'some'));
  await chat.settle();
  chat.server.frames(chat.server.head(3, [[':status', '413']], true), reset(3, CODE.noError));
  await chat.until(() => after(chat.client.seen, 3).length === 1);
  t.same(after(chat.client.seen, 3), ['RST_STREAM 3 noError'], 'a client that does not stop is told later');
});

t.test('a client that ends its request inside the body', async (t) => {
  for (const [status, seen] of [
    ['413', ['DATA 1 n', 'DATA 1 end o']],
    ['200', ['DATA 1 n', 'RST_STREAM 1 protocolError']],
  ] as const) {
    const chat = new Conversation();
    await chat.begin(chat.client.head(1, POST), data(1, 'some'));
    chat.server.frames(chat.server.head(1, [[':status', status]]), data(1, 'n'));
    await chat.settle();
    chat.client.frames(rawFrame(FRAME.data, FLAG.endStream, 1));
    await chat.settle();
    t.notMatch(chat.server.seen.join('\n'), /DATA 1 end/, 'the server cannot take it as complete');
    chat.server.frames(rawFrame(FRAME.data, FLAG.endStream, 1, 'o'));
    await chat.until(() => chat.flows.length === 1);
    t.same(after(chat.client.seen), seen);
    t.equal(chat.flows[0]!.request.body.complete, false);
    t.equal(chat.server.seen.at(-1), 'RST_STREAM 1 cancel');
  }
});

t.test(
  'a request that is canceled while its connection is opened ends at once; a later one uses the connection',
  async (t) => {
    const chat = new Conversation();
    let open = (): void => {};
    chat.opening = new Promise((resolve) => {
      open = resolve;
    });
    await chat.begin(chat.client.head(1, GET, true));
    chat.client.frames(rawFrame(FRAME.rstStream, 0, 1, '\0\0\0\x08'));
    await chat.settle();
    t.match(chat.flows[0]?.error, { code: 'client-disconnected' });
    open();
    await chat.settle();
    chat.client.frames(chat.client.head(3, GET, true));
    await chat.settle();
    t.equal(chat.connects, 1);
    t.match(chat.server.seen, [/^HEADERS 1 end :method=GET/]);
  },
);
