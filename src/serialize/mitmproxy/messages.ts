import { MemorySource } from '../../flow/body/byte-source.js';
import { encodeMessageHead, iterateMessages, type Message, MessageLog } from '../../flow/message-log/message-log.js';
import type { Piece } from '../output/pieces.js';
import { decodeMessageItem } from './record/message-items.js';
import { TAG } from './tnetstring/tnetstring.js';
import type { TnetstringDecoder } from './tnetstring/tnetstring-decoder.js';
import { floatText } from './tnetstring/tnetstring-encoder.js';

/** The items of a list of messages, and their size in bytes. */
export interface EncodedMessages {
  items: Piece;
  size: number;
}

/** Bytes that are combined for one write. */
const BATCH = 64 * 1024;
export const NO_MESSAGES: EncodedMessages = { items: Buffer.alloc(0), size: 0 };

/** WebSocket messages have an opcode, and flags for dropped and injected ones. */
export type MessageKind = 'websocket' | 'stream';

/** Encodes messages that are in memory. @returns undefined if they are on disk; they have to be measured first */
export function encodeMessages(log: MessageLog, kind: MessageKind): EncodedMessages | undefined {
  const { stored } = log;
  if (!stored) return NO_MESSAGES;
  const { buffer } = stored;
  if (!buffer) return undefined;
  const chunks: Buffer[] = [];
  for (const message of iterateMessages(buffer)) pushMessage(chunks, message, kind);
  const items = Buffer.concat(chunks);
  return { items, size: items.length };
}

/** Determines the encoded size of the messages, as lengths come first. They are read again when they are written. */
export async function measureMessages(log: MessageLog, kind: MessageKind): Promise<EncodedMessages> {
  let size = 0;
  for await (const message of log) size += sizeOf(message, kind);
  return { items: () => streamMessages(log, kind, size), size };
}

async function* streamMessages(log: MessageLog, kind: MessageKind, size: number): AsyncGenerator<Buffer> {
  let left = size;
  let failure: unknown;
  let chunks: Buffer[] = [];
  let batch = 0;
  try {
    for await (const message of log) {
      const length = sizeOf(message, kind);
      if (length > left) throw new Error('The messages have grown since they were measured');
      pushMessage(chunks, message, kind);
      left -= length;
      batch += length;
      if (batch < BATCH) continue;
      yield Buffer.concat(chunks);
      chunks = [];
      batch = 0;
    }
  } catch (error) {
    failure = error;
  }
  if (batch > 0) yield Buffer.concat(chunks);
  if (left > 0) yield* padding(left);
  if (left > 0) throw failure ?? new Error('The messages have shrunk since they were measured');
}

/** Items that are not messages replace those that could not be read, so that readers detect the damage. */
function* padding(bytes: number): Generator<Buffer> {
  let left = bytes;
  while (left > 0) {
    // Null takes three bytes, so a longer item must not leave a rest of one or two.
    let length = Math.min(left, BATCH);
    while (itemOf(length) === undefined || (left - length > 0 && left - length < 3)) length--;
    yield itemOf(length)!;
    left -= length;
  }
}

function itemOf(total: number): Buffer | undefined {
  for (let digits = 1; digits <= 6; digits++) {
    const payload = total - digits - 2;
    if (payload >= 0 && String(payload).length === digits)
      return Buffer.from(`${payload}:${'\0'.repeat(payload)},`, 'latin1');
  }
  return undefined;
}

function sizeOf(message: Message, kind: MessageKind): number {
  const { before, after } = frame(message, kind);
  return before.length + message.content.length + after.length;
}

function pushMessage(chunks: Buffer[], message: Message, kind: MessageKind): void {
  const { before, after } = frame(message, kind);
  chunks.push(Buffer.from(before, 'latin1'), message.content, Buffer.from(after, 'latin1'));
}

/** The bytes before and after the content. */
function frame(message: Message, kind: MessageKind): { before: string; after: string } {
  const { fromClient, opcode, timestamp, content, dropped, injected } = message;
  const time = floatText(timestamp);
  const type = String(opcode);
  const start = `${kind === 'websocket' ? `${type.length}:${type}#` : ''}${boolean(fromClient)}${content.length}:`;
  const flags = kind === 'websocket' ? `${boolean(dropped === true)}${boolean(injected === true)}` : '';
  const end = `,${time.length}:${time}^${flags}`;
  return { before: `${start.length + content.length + end.length}:${start}`, after: `${end}]` };
}

function boolean(value: boolean): string {
  return value ? '4:true!' : '5:false!';
}

/** Decodes a list of messages, which may have been omitted. @throws TnetstringError */
export function decodeMessages(input: TnetstringDecoder): MessageLog {
  const before = input.at;
  input.item();
  const { hole, tag } = input;
  if (tag !== TAG.list) input.fail('not a list');
  if (hole) {
    if (!hole.messages) input.fail('value too large');
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
  return MessageLog.of(count > 0 ? new MemorySource(Buffer.concat(chunks)) : undefined, count, size);
}
