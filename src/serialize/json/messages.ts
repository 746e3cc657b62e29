import { isUtf8 } from 'node:buffer';
import { collect } from '../../flow/body/content-coding.js';
import type { SpoolPolicy } from '../../flow/body/spool-policy.js';
import { type Message, MessageLog } from '../../flow/message-log/message-log.js';
import { Fields, isText } from './fields.js';
import { decodeBase64 } from './text/base64.js';
import type { JsonPieces } from './text/json-pieces.js';
import { LongText } from './text/long-text.js';

/** Names of the opcodes (RFC 6455 section 5.2); 0 for protocols without opcodes. */
const MESSAGE_TYPES: Readonly<Record<number, string>> = {
  0: 'data',
  1: 'text',
  2: 'binary',
  8: 'close',
  9: 'ping',
  10: 'pong',
};

const OPCODES: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(MESSAGE_TYPES).map(([opcode, type]) => [type, Number(opcode)]),
);

/** Collects the messages of a flow while it is read. */
export class MessageCollector {
  private log: MessageLog | undefined;

  constructor(
    private readonly policy: SpoolPolicy,
    /** Returns undefined for items that are not messages; they are left out. */
    private readonly decode: (item: unknown) => Message | Promise<Message | undefined> | undefined,
  ) {}

  /** @returns a promise only if it has to wait @throws JsonError */
  add(item: unknown): void | Promise<void> {
    const message = this.decode(item);
    if (message instanceof Promise) return message.then((one) => one && this.append(one));
    return message && this.append(message);
  }

  /**
   * The log of the current flow: messages collected before, and those in its list.
   * @param counts of messages that were not kept, without a list
   * @returns a promise only for a list
   */
  finish(
    list: unknown[] | undefined,
    counts: { count: number; size: number } | undefined,
  ): MessageLog | undefined | Promise<MessageLog | undefined> {
    return list && list.length > 0 ? this.finishList(list, counts) : this.take(list, counts);
  }

  private async finishList(
    list: unknown[],
    counts: { count: number; size: number } | undefined,
  ): Promise<MessageLog | undefined> {
    for (const item of list) {
      const pending = this.add(item);
      if (pending) await pending;
    }
    return this.take(list, counts);
  }

  private take(
    list: unknown[] | undefined,
    counts: { count: number; size: number } | undefined,
  ): MessageLog | undefined {
    const { log } = this;
    this.log = undefined;
    if (log) return log;
    if (counts) return MessageLog.of(undefined, counts.count, counts.size);
    return list && MessageLog.of(undefined, 0, 0);
  }

  /** Drops the messages collected for an invalid flow. */
  clear(): void {
    this.log?.release();
    this.log = undefined;
  }

  private append(message: Message): void | Promise<void> {
    if (!this.log) {
      this.log = new MessageLog();
      this.log.keepIn(this.policy);
    }
    return this.log.append(message) ? undefined : this.log.drained();
  }
}

/** Decodes a message written by `encodeMessages`. @throws JsonError */
export function decodeMessageItem(item: unknown): Message | Promise<Message> {
  return decodeMessage(Fields.of(item, 'a message'));
}

/** Decodes a message written by `encodeMessages`. @throws JsonError */
export function decodeMessage(fields: Fields): Message | Promise<Message> {
  const type = fields.text('type') ?? 'data';
  const opcode = OPCODES[type] ?? fields.need(fields.size('opcode'), 'opcode');
  const fromClient = fields.need(fields.boolean('fromClient'), 'fromClient');
  const message: Omit<Message, 'content'> = {
    fromClient,
    opcode: opcode & 0xff,
    timestamp: fields.number('timestamp') ?? 0,
  };
  if (fields.boolean('dropped')) message.dropped = true;
  if (fields.boolean('injected')) message.injected = true;
  if (fields.boolean('more')) message.more = true;
  return withContent(message, fields);
}

/** Adds the content, from `base64` or `text`. */
function withContent(message: Omit<Message, 'content'>, fields: Fields): Message | Promise<Message> {
  const content = messageContent(fields.any('base64'), true) ?? messageContent(fields.any('text'), false);
  if (content === undefined) throw fields.wrong('text', 'text');
  if (content instanceof Promise) return content.then((bytes) => ({ ...message, content: bytes }));
  return { ...message, content };
}

/** The bytes of a text or of base64; undefined if the value is neither. @throws JsonError */
export function messageContent(value: unknown, base64: boolean): Buffer | Promise<Buffer> | undefined {
  if (isText(value)) return base64 ? decodeBase64(value) : Buffer.from(value);
  if (!(value instanceof LongText)) return undefined;
  return collect((base64 ? value.base64 : value.text).read()).finally(() => value.release());
}

const BATCH = 64 * 1024;

/** Adds the members for a message log, each preceded by a comma. @param prefix of the keys */
export function encodeMessages(out: JsonPieces, log: MessageLog, prefix = ''): void {
  out.add(`,"${prefix}messageCount":${log.count},"${prefix}messageSize":${log.size}`);
  if (log.count > 0 && !log.stored) return;
  out.add(`,"${prefix}messages":[`);
  if (log.count > 0) out.addLater(() => encodeItems(log, encodeMessage));
  out.add(']');
}

/** The messages as items of a list, several per piece. */
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
