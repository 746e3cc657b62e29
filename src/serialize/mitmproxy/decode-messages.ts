import { encodeMessageHead, MessageLog } from '../../flow/body/messagelog.js';
import { MemoryBody } from '../input/memory-body.js';
import { decodeMessageItem } from './record/message-items.js';
import { TAG } from './tnetstring/tnetstring.js';
import type { TnetstringDecoder } from './tnetstring/tnetstring-decoder.js';

/** Takes a list of messages, which may have been left out. @throws TnetstringError */
export function decodeMessages(input: TnetstringDecoder): MessageLog {
  const before = input.at;
  input.item();
  const { hole, tag } = input;
  if (tag !== TAG.list) input.fail('no list');
  if (hole) {
    if (!hole.messages) input.fail('something too large');
    return MessageLog.of(hole.messages!.log, hole.messages!.count, hole.messages!.size);
  }
  input.at = before;
  const end = input.enter(TAG.list);
  const chunks: Buffer[] = [];
  let count = 0;
  let size = 0;
  while (input.at < end) {
    const message = decodeMessageItem(input);
    chunks.push(encodeMessageHead(message), message.content);
    count++;
    size += message.content.length;
  }
  input.leave(end);
  return MessageLog.of(count > 0 ? new MemoryBody(Buffer.concat(chunks)) : undefined, count, size);
}
