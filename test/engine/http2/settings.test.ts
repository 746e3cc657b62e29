import t, { type Test } from 'tap';
import { FLAG, FRAME } from '../../../src/engine/http2/frames/constants.js';
import { GET, type Http2Peer, rawFrame } from '../../support/http2-peer.js';
import { Conversation } from './conversation.js';

const CONTENT = 'x'.repeat(40_000);
const WINDOW_OF_A_MEBIBYTE = rawFrame(FRAME.settings, 0, 0, '\0\x04\0\x10\0\0');

/** Fills the window of stream 1 of a receiver, and opens it by SETTINGS. @returns what arrives before the acknowledgement */
async function beforeAcknowledgement(
  t: Test,
  chat: Conversation,
  sender: Http2Peer,
  receiver: Http2Peer,
): Promise<string[]> {
  for (const part of CONTENT.match(/.{1,16000}/g)!) sender.frames(rawFrame(FRAME.data, 0, 1, part));
  await chat.settle();
  const before = receiver.seen.length;
  const acknowledged = receiver.acknowledged.length;
  receiver.frames(WINDOW_OF_A_MEBIBYTE);
  await chat.settle();
  t.equal(receiver.acknowledged.length, acknowledged + 1);
  t.equal(receiver.seen.filter((line) => line.startsWith('DATA 1')).length, 4, 'the rest follows');
  return receiver.seen.slice(before, receiver.acknowledged.at(-1));
}

t.test('what only new settings allow is sent after their acknowledgement', async (t) => {
  const download = new Conversation();
  download.client.start([4, 10]);
  download.client.frames(download.client.head(1, GET, true));
  await download.settle();
  download.server.frames(download.server.head(1, [[':status', '200']]));
  t.same(await beforeAcknowledgement(t, download, download.server, download.client), []);

  const upload = new Conversation([], {}, false);
  await upload.begin(upload.client.head(1, [[':method', 'POST'], ...GET.slice(1)]));
  upload.server.start([4, 10]);
  await upload.settle();
  t.same(await beforeAcknowledgement(t, upload, upload.client, upload.server), []);
});

t.test('a smaller window counts what was sent', async (t) => {
  const chat = new Conversation();
  chat.client.start([4, 10]);
  chat.client.frames(chat.client.head(1, GET, true));
  await chat.settle();
  chat.server.frames(
    chat.server.head(1, [[':status', '200']]),
    rawFrame(FRAME.data, FLAG.endStream, 1, 'abcdefghijklmno'),
  );
  await chat.settle();
  chat.client.frames(rawFrame(FRAME.settings, 0, 0, '\0\x04\0\0\0\x04'));
  chat.client.frames(rawFrame(FRAME.windowUpdate, 0, 1, '\0\0\0\x07'));
  await chat.settle();
  t.equal(chat.client.seen.filter((line) => line.startsWith('DATA')).join(), 'DATA 1 abcdefghij,DATA 1 k');
});
