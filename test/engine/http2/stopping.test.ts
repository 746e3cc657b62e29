import t from 'tap';
import { FRAME } from '../../../src/engine/http2/frames/constants.js';
import { GET, type RawField, rawFrame } from '../../support/http2-peer.js';
import { Conversation } from './conversation.js';

const OK: RawField = [':status', '200'];
const WINDOW_OF_4 = rawFrame(FRAME.settings, 0, 0, '\0\x04\0\0\0\x04');

t.test('a response whose content waits for the window of the client is sent to its end', async (t) => {
  const chat = new Conversation();
  await chat.begin(WINDOW_OF_4, chat.client.head(1, GET, true));
  chat.server.frames(chat.server.head(1, [OK]), rawFrame(FRAME.data, 1, 1, 'eight by'));
  await chat.settle();
  t.equal(chat.flows.length, 1, 'the exchange has ended');
  chat.stop();
  await chat.settle();
  t.equal(chat.clientChannel.over, undefined);
  t.match(chat.client.seen.at(-1), /^GOAWAY 1/);
  chat.client.frames(chat.client.head(3, GET, true), rawFrame(FRAME.windowUpdate, 0, 1, '\0\0\0\x04'));
  await chat.settle();
  t.same(chat.client.seen.slice(-2), ['RST_STREAM 3 refusedStream', 'DATA 1 end t by']);
  t.equal(chat.clientChannel.over, 'closed');
});

t.test('a connection without streams is closed at once', async (t) => {
  const chat = new Conversation();
  await chat.begin();
  chat.stop();
  await chat.settle();
  t.match(chat.client.seen.at(-1), /^GOAWAY 0/);
  t.equal(chat.clientChannel.over, 'closed');
});
