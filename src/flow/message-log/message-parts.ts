import { isControl, type Message } from './message.js';

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
