/** One message of a WebSocket, TCP or UDP flow. */
export interface Message {
  fromClient: boolean;
  /** WebSocket opcode (RFC 6455 section 5.2); 0 in protocols without opcodes. */
  opcode: number;
  /** Seconds since the epoch. */
  timestamp: number;
  content: Buffer;
  /** True if it was not forwarded. */
  dropped?: true;
  /** True if an addon sent it. */
  injected?: true;
  /**
   * True for a part of a large message that the next one in this direction continues (pings and pongs aside), or that was cut
   * off.
   */
  more?: true;
}

/** Bytes of the header of each message in the log: flags, opcode, two zero bytes, length as uint32, time as float64. */
export const MESSAGE_HEAD = 16;

const FROM_CLIENT = 1;
const DROPPED = 2;
const INJECTED = 4;
const MORE = 8;

/** The header that precedes the content of a message in the log. */
export function encodeMessageHead(message: Message): Buffer {
  const head = Buffer.allocUnsafe(MESSAGE_HEAD);
  writeMessageHead(head, 0, message);
  return head;
}

/** Writes the header of a message into a buffer. */
export function writeMessageHead(to: Buffer, at: number, message: Message): void {
  const { fromClient, opcode, timestamp, content, dropped, injected, more } = message;
  to[at] = (fromClient ? FROM_CLIENT : 0) | (dropped ? DROPPED : 0) | (injected ? INJECTED : 0) | (more ? MORE : 0);
  to[at + 1] = opcode;
  to[at + 2] = 0;
  to[at + 3] = 0;
  to.writeUInt32LE(content.length, at + 4);
  to.writeDoubleLE(timestamp, at + 8);
}

/** Decodes a message that begins at the start of the bytes and ends at `end`. */
export function decodeMessage(bytes: Buffer, end: number): Message {
  const flags = bytes[0]!;
  const message: Message = {
    fromClient: (flags & FROM_CLIENT) !== 0,
    opcode: bytes[1]!,
    timestamp: bytes.readDoubleLE(8),
    content: bytes.subarray(MESSAGE_HEAD, end),
  };
  if (flags & DROPPED) message.dropped = true;
  if (flags & INJECTED) message.injected = true;
  if (flags & MORE) message.more = true;
  return message;
}

/** Whether it is a ping or a pong (RFC 6455 section 5.5), which may come between the parts of another message. */
export function isControl(opcode: number): boolean {
  return opcode >= 8;
}
