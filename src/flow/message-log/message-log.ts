import type { ByteSource } from '../body/byte-source.js';
import { PagedLog } from '../body/paged-log.js';
import type { SpoolPolicy } from '../body/spool-policy.js';
import { decodeMessage, isControl, MESSAGE_HEAD, type Message, writeMessageHead } from './message.js';

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
    const parts = new MessageParts();
    let pending: Buffer[] = [];
    let available = 0;
    let wanted = MESSAGE_HEAD;
    for await (const chunk of stored.read()) {
      pending.push(chunk);
      available += chunk.length;
      if (available < wanted) continue;
      let bytes = pending.length === 1 ? chunk : Buffer.concat(pending);
      while (bytes.length >= MESSAGE_HEAD) {
        const end = MESSAGE_HEAD + bytes.readUInt32LE(4);
        if (bytes.length < end) break;
        const message = parts.join(decodeMessage(bytes, end));
        if (message) yield message;
        bytes = bytes.subarray(end);
      }
      wanted = bytes.length >= MESSAGE_HEAD ? MESSAGE_HEAD + bytes.readUInt32LE(4) : MESSAGE_HEAD;
      pending = bytes.length > 0 ? [bytes] : [];
      available = bytes.length;
    }
    yield* parts.rest();
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
  const parts = new MessageParts();
  let bytes = log;
  while (bytes.length >= MESSAGE_HEAD) {
    const end = MESSAGE_HEAD + bytes.readUInt32LE(4);
    if (bytes.length < end) break;
    const message = parts.join(decodeMessage(bytes, end));
    if (message) yield message;
    bytes = bytes.subarray(end);
  }
  yield* parts.rest();
}

/** Bytes of a message up to which it is copied. */
const SMALL = 1024;

/** Bytes of the pages: the more messages a flow has, the larger they are. */
const FIRST_PAGE = 1024;

const LAST_PAGE = 16 * 1024;

/** Maximum size of a message that readers receive in one piece, in bytes. */
const JOINED = 64 * 1024 * 1024;

/**
 * Joins messages that were logged in parts. Parts of the two directions may be interleaved. A message of more than 64 MiB stays
 * in parts of about that size.
 */
export class MessageParts {
  private client: Pending | undefined;
  private server: Pending | undefined;

  /** @returns the message that this part completes, or undefined */
  join(part: Message): Message | undefined {
    if (isControl(part.opcode)) return part;
    const pending = part.fromClient ? this.client : this.server;
    if (!pending && !part.more) return part;
    const parts = pending ?? { first: part, contents: [], size: 0 };
    parts.contents.push(part.content);
    parts.size += part.content.length;
    const goesOn = part.more === true && parts.size < JOINED;
    if (part.fromClient) this.client = goesOn ? parts : undefined;
    else this.server = goesOn ? parts : undefined;
    return goesOn ? undefined : whole(parts, part.more);
  }

  /** Incomplete messages: the last part is missing. */
  *rest(): Generator<Message> {
    if (this.client) yield whole(this.client, true);
    if (this.server) yield whole(this.server, true);
  }
}

interface Pending {
  first: Message;
  contents: Buffer[];
  size: number;
}

function whole({ first, contents, size }: Pending, more: true | undefined): Message {
  const message: Message = { ...first, content: contents.length === 1 ? contents[0]! : Buffer.concat(contents, size) };
  if (more) message.more = true;
  else delete message.more;
  return message;
}
