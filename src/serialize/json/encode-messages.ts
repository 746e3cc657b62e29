import { isUtf8 } from 'node:buffer';
import type { Message, MessageLog } from '../../flow/body/messagelog.js';
import type { JsonPieces } from './text/json-pieces.js';

/** What the opcodes are called (RFC 6455 section 5.2); 0 where the protocol has none. */
export const MESSAGE_TYPES: Readonly<Record<number, string>> = {
  0: 'data',
  1: 'text',
  2: 'binary',
  8: 'close',
  9: 'ping',
  10: 'pong',
};

const BATCH = 64 * 1024;

/** Adds the members for a message log, each with a comma before it. @param prefix of the keys */
export function encodeMessages(out: JsonPieces, log: MessageLog, prefix = ''): void {
  out.add(`,"${prefix}messageCount":${log.count},"${prefix}messageSize":${log.size}`);
  if (log.count > 0 && !log.stored) return;
  out.add(`,"${prefix}messages":[`);
  if (log.count > 0) out.addLater(() => encodeItems(log, encodeMessage));
  out.add(']');
}

/** The messages as items of a list, several of them in each piece. */
export async function* encodeItems(log: MessageLog, encode: (message: Message) => unknown): AsyncGenerator<Buffer> {
  let text = '';
  let first = true;
  for await (const message of log) {
    text += `${first ? '' : ','}${JSON.stringify(encode(message))}`;
    first = false;
    if (text.length < BATCH) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}

function encodeMessage({ opcode, content, fromClient, timestamp, ...flags }: Message): unknown {
  const type = MESSAGE_TYPES[opcode];
  return {
    type: type ?? 'other',
    opcode: type ? undefined : opcode,
    fromClient,
    timestamp,
    ...flags,
    ...(isUtf8(content) ? { text: content.toString('utf8') } : { base64: content.toString('base64') }),
  };
}
