import { decodeMessage, isControl, MESSAGE_HEAD, type Message } from './message.js';

/**
 * Decodes the bytes of a message log, which arrive in chunks, and joins messages that were logged in parts. A generator for each
 * chunk would cost as much as the decoding.
 */
export class MessageDecoder {
  private readonly parts = new MessageParts();
  /** Chunks that have not been decoded. */
  private pending: Buffer[] = [];
  /** Bytes in these chunks. */
  private available = 0;
  /** Bytes that the next message needs at least. */
  private wanted = MESSAGE_HEAD;
  /** The bytes that are being decoded. */
  private bytes: Buffer = EMPTY;

  /** Call `next` until it returns undefined after each chunk. */
  append(chunk: Buffer): void {
    this.pending.push(chunk);
    this.available += chunk.length;
    if (this.available >= this.wanted) this.bytes = this.pending.length === 1 ? chunk : Buffer.concat(this.pending);
  }

  /** @returns the next complete message; undefined if further chunks are needed */
  next(): Message | undefined {
    if (this.available < this.wanted) return undefined;
    while (this.bytes.length >= MESSAGE_HEAD) {
      const { bytes } = this;
      const end = lengthOf(bytes);
      if (bytes.length < end) break;
      this.bytes = bytes.subarray(end);
      const message = this.parts.join(decodeMessage(bytes, end));
      if (message) return message;
    }
    const { bytes } = this;
    this.wanted = bytes.length >= MESSAGE_HEAD ? lengthOf(bytes) : MESSAGE_HEAD;
    this.pending = bytes.length > 0 ? [bytes] : [];
    this.available = bytes.length;
    this.bytes = EMPTY;
    return undefined;
  }

  /** @returns the messages whose last part is missing */
  end(): Iterable<Message> {
    return this.parts.rest();
  }
}

const EMPTY = Buffer.alloc(0);

/** Length of the message at the beginning of the bytes, with its header. */
function lengthOf(bytes: Buffer): number {
  return MESSAGE_HEAD + bytes.readUInt32LE(4);
}

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
