import t from 'tap';
import type { Message } from '../../../src/flow/message-log/message.js';
import { MessageDecoder, MessageParts } from '../../../src/flow/message-log/message-decoder.js';
import { encodeMessageHead } from '../../../src/flow/message-log/message-log.js';
import { cuts } from '../../support/cuts.js';

t.test('messages arrive in chunks of any size', async (t) => {
  const messages = ['one', '', 'three', 'an incomplete one'].map((text, at): Message => {
    const message: Message = { fromClient: at % 2 === 0, opcode: 1, timestamp: at, content: Buffer.from(text) };
    if (at === 3) message.more = true;
    return message;
  });
  const log = Buffer.concat(messages.flatMap((message) => [encodeMessageHead(message), message.content]));
  for (const chunks of cuts(log)) {
    const decoder = new MessageDecoder();
    const decoded: Message[] = [];
    for (const chunk of chunks) {
      decoder.append(chunk);
      for (let message = decoder.next(); message; message = decoder.next()) decoded.push(message);
    }
    t.same([...decoded, ...decoder.end()], messages);
  }
});

t.test('a message that is too large to be joined stays in parts', (t) => {
  const parts = new MessageParts();
  const content = Buffer.alloc(32 * 1024 * 1024);
  const sizes = [1, 2, 3, 4, 5].map((number) =>
    parts.join({ fromClient: true, opcode: 2, timestamp: 1, content, ...(number < 5 && { more: true as const }) }),
  );
  const mib = (message: Message | undefined) => message && [message.content.length / 2 ** 20, message.more];
  t.same(sizes.map(mib), [undefined, [64, true], undefined, [64, true], [32, undefined]]);
  t.same([...parts.rest()], []);
  t.end();
});
