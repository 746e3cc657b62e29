import type { Message } from '../../../flow/message-log/message-log.js';
import type { Fields } from '../../json/fields.js';
import { decodeMessage, messageContent } from '../../json/messages.js';
import { JsonError } from '../../json/text/json-error.js';
import { LongText } from '../../json/text/long-text.js';
import { numberMember, numberOf, parseTime } from '../entry/har-time.js';

/**
 * A message of a WebSocket, as written by Chrome or tsdump, or of another upgraded connection, as written by tsdump.
 * @throws JsonError
 */
export function readMessage(fields: Fields): Message | Promise<Message> {
  if (fields.any('fromClient') !== undefined) return decodeMessage(fields);
  const opcode = numberMember(fields, 'opcode') ?? 1;
  const type = fields.text('type');
  if (type && type !== 'send' && type !== 'receive') fields.note('type', 'is not "send" or "receive"');
  const time = fields.any('time');
  const seconds = numberOf(time);
  if (seconds === undefined && time !== undefined && parseTime(time) === 0) fields.note('time', 'is not a time');
  const message: Omit<Message, 'content'> = {
    fromClient: type === 'send',
    opcode: opcode & 0x0f,
    // Most programs write seconds, some milliseconds, some text.
    timestamp: seconds === undefined ? parseTime(time) : seconds > 1e11 ? seconds / 1000 : seconds,
  };
  if (fields.boolean('_dropped')) message.dropped = true;
  if (fields.boolean('_injected')) message.injected = true;
  if (fields.boolean('_more')) message.more = true;
  const data = readData(fields.any('data') ?? '', opcode !== 1);
  const binary = fields.any('_base64');
  const content = binary === undefined ? data : exactData(data, binary);
  return content instanceof Promise
    ? content.then((bytes) => ({ ...message, content: bytes }))
    : { ...message, content };
}

/** The failure that Chrome lists among the messages of a WebSocket; undefined for a message. @throws JsonError */
export function readFailure(fields: Fields): string | undefined {
  if (fields.text('type') !== 'error') return undefined;
  const data = fields.any('data');
  return typeof data === 'string' && data !== '' ? data : 'The WebSocket failed.';
}

/** The JSON of data that is an object or a list. @throws JsonError if a string in it is too long */
function jsonOf(data: unknown): string {
  return JSON.stringify(data, (_key, part: unknown) => {
    if (part instanceof LongText) throw new JsonError('a message is too large');
    return part;
  });
}

/** The bytes of a text that is not UTF-8, unless the text beside them was edited. */
async function exactData(data: Buffer | Promise<Buffer>, binary: unknown): Promise<Buffer> {
  const [text, bytes] = [await data, await messageContent(binary, true)];
  return bytes && Buffer.from(bytes.toString('utf8')).equals(text) ? bytes : text;
}

/** Data that is not text is in base64 or in a `data:` URL. */
function readData(data: unknown, base64: boolean): Buffer | Promise<Buffer> {
  if (data instanceof LongText) return messageContent(data, base64 && data.base64Size !== undefined)!;
  const text = typeof data === 'object' ? jsonOf(data) : String(data);
  if (!base64) return Buffer.from(text);
  try {
    return messageContent(text.replace(/^data:[^,]*;base64,/, ''), true)!;
  } catch (error) {
    if (error instanceof JsonError) return Buffer.from(text);
    throw error;
  }
}
