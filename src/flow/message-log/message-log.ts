import type { ByteSource } from '../body/byte-source.js';
import { PagedLog } from '../body/paged-log.js';
import type { SpoolPolicy } from '../body/spool-policy.js';
import { isControl, MESSAGE_HEAD, type Message, writeMessageHead } from './message.js';
import { MessageDecoder } from './message-decoder.js';

export { encodeMessageHead, MESSAGE_HEAD, type Message } from './message.js';

/**
 * The messages of a flow. Append-only; in memory first, then on disk. It is read by async iteration and never as an array, so
 * that a connection of weeks needs no more memory. The format is in `docs/flow-format.md`.
 */
export class MessageLog {
  /** Number of messages, including incomplete ones. */
  count = 0;
  /** Bytes of the contents of all messages. */
  size = 0;
  /** Messages for synchronous readers (filters); set by `load`. */
  loaded: Message[] | undefined;
  private log = new PagedLog(FIRST_PAGE, LAST_PAGE);
  /** Whether the last part in this direction continues with the next one. */
  private clientGoesOn = false;
  private serverGoesOn = false;

  /** Keeps the messages that are appended from now on. Without this call they are only counted. */
  keepIn(policy: SpoolPolicy): void {
    this.log.keepIn(policy);
  }

  /** Messages that are stored in a capture file. */
  static of(source: ByteSource | undefined, count: number, size: number): MessageLog {
    const messages = new MessageLog();
    messages.log = new PagedLog(FIRST_PAGE, LAST_PAGE, source);
    messages.count = count;
    messages.size = size;
    return messages;
  }

  /** The bytes of the log, for writers of capture files; undefined for an empty log. */
  get stored(): ByteSource | undefined {
    return this.log.stored;
  }

  /** Resolves when it is known whether the bytes could be kept; undefined if that is known already. */
  settled(): Promise<void> | undefined {
    return this.log.settled();
  }

  /** Appends a message; only small content is copied. @returns false if the producer should wait for `drained` */
  append(message: Message): boolean {
    const { content } = message;
    this.countBegun(message);
    this.size += content.length;
    const { log } = this;
    if (!log.isKept) return true;
    const isSmall = content.length <= SMALL;
    const length = isSmall ? MESSAGE_HEAD + content.length : MESSAGE_HEAD;
    const keepsUp = log.reserve(length);
    const { page, filled } = log;
    writeMessageHead(page, filled, message);
    if (isSmall) content.copy(page, filled + MESSAGE_HEAD);
    log.filled = filled + length;
    return isSmall ? keepsUp : log.append(content);
  }

  drained(): Promise<void> {
    return this.log.drained();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message> {
    const { stored } = this;
    if (!stored) return;
    const decoder = new MessageDecoder();
    for await (const chunk of stored.read()) {
      decoder.append(chunk);
      for (let message = decoder.next(); message; message = decoder.next()) yield message;
    }
    yield* decoder.end();
  }

  /** Fills `loaded`, up to a limit of content bytes. @returns true if the log is longer */
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

  /** A copy of the messages so far. It shares their bytes and must be released as well. */
  clone(): MessageLog {
    const copy = MessageLog.of(undefined, this.count, this.size);
    copy.log = this.log.clone();
    return copy;
  }

  release(): void {
    this.log.release();
  }

  /** Counts the parts of a message once. */
  private countBegun({ fromClient, opcode, more }: Message): void {
    if (isControl(opcode)) {
      this.count++;
      return;
    }
    if (!(fromClient ? this.clientGoesOn : this.serverGoesOn)) this.count++;
    if (fromClient) this.clientGoesOn = more === true;
    else this.serverGoesOn = more === true;
  }
}

/** The messages of a log that is entirely in memory. */
export function* iterateMessages(log: Buffer): Generator<Message> {
  const decoder = new MessageDecoder();
  decoder.append(log);
  for (let message = decoder.next(); message; message = decoder.next()) yield message;
  yield* decoder.end();
}

/** Bytes of a message up to which it is copied. */
const SMALL = 1024;

/** Bytes of the pages: the more messages a flow has, the larger they are. */
const FIRST_PAGE = 1024;

const LAST_PAGE = 16 * 1024;
