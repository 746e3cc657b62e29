import type { ByteSource } from './body.js';
import { ByteLog } from './bytelog.js';
import type { SpoolPolicy } from './spool-policy.js';
import { Users } from './users.js';

/** One message of a WebSocket, TCP or UDP flow. */
export interface Message {
  fromClient: boolean;
  /** WebSocket opcode (RFC 6455 section 5.2); 0 where the protocol has none: opaque bytes. */
  opcode: number;
  /** Seconds since the epoch. */
  timestamp: number;
  content: Buffer;
  /** True if it was not passed on. */
  dropped?: true;
  /** True if it came from neither side, but from an addon. */
  injected?: true;
}

/** Bytes before each message in the log: flags, opcode, two zero bytes, length, time as a float. */
export const MESSAGE_HEAD = 16;

const FROM_CLIENT = 1;
const DROPPED = 2;
const INJECTED = 4;

/** What stands before the content of a message in the log. */
export function encodeMessageHead({ fromClient, opcode, timestamp, content, dropped, injected }: Message): Buffer {
  const head = Buffer.alloc(MESSAGE_HEAD);
  head[0] = (fromClient ? FROM_CLIENT : 0) | (dropped ? DROPPED : 0) | (injected ? INJECTED : 0);
  head[1] = opcode;
  head.writeUInt32LE(content.length, 4);
  head.writeDoubleLE(timestamp, 8);
  return head;
}

/** The messages in a log that is in memory. */
export function* iterateMessages(log: Buffer): Generator<Message> {
  let bytes = log;
  while (bytes.length >= MESSAGE_HEAD) {
    const end = MESSAGE_HEAD + bytes.readUInt32LE(4);
    if (bytes.length < end) break;
    yield decodeMessage(bytes, end);
    bytes = bytes.subarray(end);
  }
}

function decodeMessage(bytes: Buffer, end: number): Message {
  const flags = bytes[0]!;
  const message: Message = {
    fromClient: (flags & FROM_CLIENT) !== 0,
    opcode: bytes[1]!,
    timestamp: bytes.readDoubleLE(8),
    content: bytes.subarray(MESSAGE_HEAD, end),
  };
  if (flags & DROPPED) message.dropped = true;
  if (flags & INJECTED) message.injected = true;
  return message;
}

/**
 * The messages of a flow, append-only, in memory and then on disk: iterated, never an array, so that a connection of
 * weeks costs no memory. `docs/flow-format.md` has the bytes.
 */
export class MessageLog {
  count = 0;
  /** Bytes of all messages, without what the log adds. */
  size = 0;
  /** Messages for synchronous readers (filters); there after `load`. */
  loaded: Message[] | undefined;
  private log: ByteSource | undefined;
  private policy: SpoolPolicy | undefined;
  /** Of the log, if there are copies. */
  private users: Users | undefined;
  private released = false;

  /** Keeps what is appended from now on; without it messages are only counted. */
  keepIn(policy: SpoolPolicy): void {
    this.policy = policy;
  }

  /** The log in a capture file. */
  static of(source: ByteSource | undefined, count: number, size: number): MessageLog {
    const messages = new MessageLog();
    messages.log = source;
    messages.count = count;
    messages.size = size;
    return messages;
  }

  /** The bytes of the log, for writers of capture files. */
  get stored(): ByteSource | undefined {
    return this.log;
  }

  /** Takes the content without copying it. @returns false if its producer should wait for `drained` */
  append(message: Message): boolean {
    this.count++;
    this.size += message.content.length;
    if (!this.policy) return true;
    const log = (this.log as ByteLog | undefined) ?? new ByteLog(this.policy);
    this.log = log;
    log.append(encodeMessageHead(message));
    return message.content.length === 0 || log.append(message.content);
  }

  async drained(): Promise<void> {
    if (this.log instanceof ByteLog) await this.log.drained();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message> {
    if (!this.log) return;
    let pending: Buffer[] = [];
    let available = 0;
    let wanted = MESSAGE_HEAD;
    for await (const chunk of this.log.read()) {
      pending.push(chunk);
      available += chunk.length;
      if (available < wanted) continue;
      let bytes = pending.length === 1 ? chunk : Buffer.concat(pending);
      while (bytes.length >= MESSAGE_HEAD) {
        const end = MESSAGE_HEAD + bytes.readUInt32LE(4);
        if (bytes.length < end) break;
        yield decodeMessage(bytes, end);
        bytes = bytes.subarray(end);
      }
      wanted = bytes.length >= MESSAGE_HEAD ? MESSAGE_HEAD + bytes.readUInt32LE(4) : MESSAGE_HEAD;
      pending = bytes.length > 0 ? [bytes] : [];
      available = bytes.length;
    }
  }

  /** Makes `loaded` available, up to a limit of content bytes. @returns true if there was more than the limit */
  async load(limit: number): Promise<boolean> {
    this.loaded = [];
    let size = 0;
    for await (const message of this) {
      if (size + message.content.length > limit) return true;
      size += message.content.length;
      this.loaded.push(message);
    }
    return false;
  }

  /** A copy of the messages so far that shares their bytes, to be released as well. */
  clone(): MessageLog {
    const copy = MessageLog.of(undefined, this.count, this.size);
    const { log } = this;
    if (!log) return copy;
    this.users ??= new Users();
    copy.users = this.users.add();
    copy.log = log instanceof ByteLog ? log.snapshot() : log;
    return copy;
  }

  release(): void {
    if (this.released) return;
    this.released = true;
    if (!this.users || this.users.leave()) this.log?.release();
  }
}
