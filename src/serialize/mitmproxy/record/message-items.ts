import { Readable } from 'node:stream';
import type { ByteSource } from '../../../flow/body/body.js';
import type { SpoolPolicy } from '../../../flow/body/spool-policy.js';
import { encodeMessageHead, MESSAGE_HEAD, type Message, MessageLog } from '../../../flow/message-log/message-log.js';
import { plural } from '../../../flow/text/plural.js';
import type { Input } from '../../input/input.js';
import { StreamInput } from '../../input/input-stream.js';
import type { HoleMessages } from '../tnetstring/record-outline.js';
import { LONGEST_PREFIX, type Prefix, readPrefix, TAG, TnetstringError } from '../tnetstring/tnetstring.js';
import { TnetstringDecoder } from '../tnetstring/tnetstring-decoder.js';

/** Messages have to fit into memory. */
const LARGEST = 256 * 1024 * 1024;
/** The content of larger messages is not read when they are counted. */
const SMALL = 64 * 1024;
/** Upper bound of the bytes around the content. */
const FRAME = 128;

/**
 * Decodes a message: for TCP and UDP `[from_client, content, timestamp]`, for WebSocket `[opcode, from_client, content,
 * timestamp, dropped, injected]`. Early versions lack the last one or two.
 */
export function decodeMessageItem(input: TnetstringDecoder): Message {
  const end = input.enter(TAG.list);
  const message = decodeStart(input);
  message.content = input.binary();
  decodeRest(input, message, end);
  input.leave(end);
  return message;
}

/**
 * Counts the messages of a list, and stores them in a log if a policy is given.
 * @param input at the beginning of the list, and on return at its end
 * @throws TnetstringError
 */
export async function readMessages(
  input: Input,
  length: number,
  policy: SpoolPolicy | undefined,
): Promise<HoleMessages> {
  const messages = new MessageLog();
  if (policy) messages.keepIn(policy);
  const decoder = new TnetstringDecoder();
  const counted = { count: 0, size: 0 };
  try {
    for (let left = length; left > 0; ) {
      const total = await nextSize(input, left);
      if (total > SMALL && !policy) counted.size += await passLarge(input, total, decoder);
      else {
        const message = await take(input, total, decoder);
        counted.size += message.content.length;
        if (!messages.append(message)) await messages.drained();
      }
      counted.count++;
      left -= total;
    }
  } catch (error) {
    messages.release();
    throw error;
  }
  return { ...counted, log: messages.stored };
}

/** The messages of a list in a file, in the form of a `MessageLog`. They are converted on each read. */
export class MessagesInFile implements ByteSource {
  readonly size: number;
  readonly buffer = undefined;

  constructor(
    private readonly raw: ByteSource,
    { count, size }: HoleMessages,
    private readonly policy: SpoolPolicy,
  ) {
    this.size = size + count * MESSAGE_HEAD;
  }

  async *read(): AsyncGenerator<Buffer> {
    const input = new StreamInput('messages', Readable.from(this.raw.read(), { objectMode: true }), this.policy);
    const decoder = new TnetstringDecoder();
    try {
      for (let left = this.raw.size; left > 0; ) {
        const total = await nextSize(input, left);
        const message = await take(input, total, decoder);
        yield encodeMessageHead(message);
        if (message.content.length > 0) yield message.content;
        left -= total;
      }
    } finally {
      await input.close();
    }
  }

  release(): void {
    this.raw.release();
  }
}

/** Size of the next message including length and type. */
async function nextSize(input: Input, left: number): Promise<number> {
  if (input.buffer.length - input.at < Math.min(LONGEST_PREFIX, left)) await input.fill(Math.min(LONGEST_PREFIX, left));
  const prefix: Prefix = { start: 0, length: 0 };
  const end = Math.min(input.buffer.length, input.at + LONGEST_PREFIX);
  if (!readPrefix(input.buffer, input.at, end, prefix)) throw new TnetstringError('missing length of a message');
  const total = prefix.start - input.at + prefix.length + 1;
  if (total > left) throw new TnetstringError('a message exceeds its list');
  if (prefix.length > LARGEST) throw new TnetstringError(`a message is too large: ${plural(prefix.length, 'byte')}`);
  return total;
}

async function take(input: Input, total: number, decoder: TnetstringDecoder): Promise<Message> {
  if (input.buffer.length - input.at < total && (await input.fill(total)) < total) throw cutOff();
  decoder.begin({ bytes: input.buffer, start: input.at, end: input.at + total });
  const message = decodeMessageItem(decoder);
  input.at += total;
  return message;
}

/** Skips a message without reading its content. @returns the length of the content */
async function passLarge(input: Input, total: number, decoder: TnetstringDecoder): Promise<number> {
  if (input.buffer.length - input.at < FRAME && (await input.fill(FRAME)) < FRAME) throw cutOff();
  const prefix: Prefix = { start: 0, length: 0 };
  const { buffer, at } = input;
  readPrefix(buffer, at, buffer.length, prefix);
  decoder.begin({ bytes: buffer, start: prefix.start, end: at + FRAME });
  const message = decodeStart(decoder);
  if (!readPrefix(buffer, decoder.at, at + FRAME, prefix)) throw new TnetstringError('missing content');
  const end = prefix.start - at + prefix.length;
  if (total - end < 2 || total - end > FRAME) throw new TnetstringError('content of the wrong length');
  if (!(await input.take(end))) throw cutOff();
  const rest = total - end;
  if (input.buffer.length - input.at < rest && (await input.fill(rest)) < rest) throw cutOff();
  decoder.begin({ bytes: input.buffer, start: input.at + 1, end: input.at + rest });
  if (input.buffer[input.at] !== TAG.bytes && input.buffer[input.at] !== TAG.text)
    decoder.fail('content is neither bytes nor text');
  decodeRest(decoder, message, input.at + rest - 1);
  if (input.buffer[input.at + rest - 1] !== TAG.list || decoder.at !== input.at + rest - 1)
    decoder.fail('invalid message');
  input.at += rest;
  return prefix.length;
}

function decodeStart(input: TnetstringDecoder): Message {
  const message: Message = { fromClient: false, opcode: 0, timestamp: 0, content: NOTHING };
  input.item();
  if (input.tag === TAG.integer) {
    const opcode = input.currentNumber();
    if (opcode < 0 || opcode > 255) input.fail('invalid opcode');
    message.opcode = opcode;
    input.item();
  }
  message.fromClient = input.currentBoolean();
  return message;
}

function decodeRest(input: TnetstringDecoder, message: Message, end: number): void {
  message.timestamp = input.optionalNumber() ?? 0;
  if (input.at < end && input.boolean()) message.dropped = true;
  if (input.at < end && input.boolean()) message.injected = true;
}

function cutOff(): TnetstringError {
  return new TnetstringError('the end is cut off within a message');
}

const NOTHING = Buffer.alloc(0);
