import t from 'tap';
import { FLAG, FRAME } from '../../../src/engine/http2/frames/constants.js';
import { GET, type RawField, rawFrame } from '../../support/http2-peer.js';
import { Random } from '../../support/random.js';
import { Conversation } from './conversation.js';

const POST: readonly RawField[] = [[':method', 'POST'], ...GET.slice(1), ['content-length', '4']];

t.test('damaged and random frames of both sides end flows or the connection, and nothing else', async (t) => {
  const random = new Random(9);
  for (let round = 0; round < 300; round++) {
    const errors: string[] = [];
    const chat = new Conversation();
    chat.client.start();
    const valid = Buffer.concat([
      chat.client.head(1, GET, true),
      chat.client.head(3, POST),
      rawFrame(FRAME.data, FLAG.endStream, 3, 'abcd'),
      rawFrame(FRAME.windowUpdate, 0, 3, '\0\0\0\x05'),
      rawFrame(FRAME.ping, 0, 0, '12345678'),
    ]);
    chat.client.frames(damaged(valid, random, round));
    await chat.settle();
    if (chat.connects > 0) {
      const answer = Buffer.concat([
        chat.server.head(1, [
          [':status', '200'],
          ['a', 'b'],
        ]),
        rawFrame(FRAME.data, FLAG.endStream, 1, 'body'),
        chat.server.head(3, [[':status', '204']], true),
      ]);
      chat.giveServer(damaged(answer, random, round));
      await chat.settle();
    }
    chat.clientChannel.stream.push(null);
    if (chat.connects > 0) chat.giveServer(null);
    await chat.settle();
    for (const flow of chat.flows) {
      if (flow.error?.code === 'internal-error') errors.push(flow.error.message);
    }
    t.same(errors, [], `round ${round}`);
  }
});

/** Every third time as it is, else with some bytes changed, or random frames behind it. */
function damaged(bytes: Buffer, random: Random, round: number): Buffer {
  if (round % 3 === 0) {
    const frames = Array.from({ length: 5 }, () =>
      rawFrame(random.below(11), random.below(64), random.below(6), random.bytes(random.below(20))),
    );
    return Buffer.concat([bytes, ...frames]);
  }
  const copy = Buffer.from(bytes);
  for (let count = 0; count <= round % 4; count++) copy[random.below(copy.length)] = random.below(256);
  return copy;
}
