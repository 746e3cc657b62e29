import type { Duplex } from 'node:stream';
import { GrowingBuffer } from '../../flow/body/growing-buffer.js';
import type { Deadline } from './deadlines.js';
import { readAvailable } from './read-available.js';
import { readUntil } from './read-until.js';

/** Why a message did not come; the sentence goes on from the name of the peer: it `closed the connection`. */
export class NoMessageError extends Error {
  override name = 'NoMessageError';
  constructor(
    message: string,
    readonly timedOut = false,
  ) {
    super(message);
  }
}

/** Most bytes of one message. */
const LIMIT = 64 * 1024;

/**
 * Reads one message from a socket, which must not be flowing, nor have listeners for data. What follows it stays there
 * to be read.
 * @param parse the message that the bytes begin with, and where it ends; undefined if more of them are needed; may throw. It
 * gets all bytes each time, and should look at what it has seen only once.
 * @param seconds 0 waits for ever
 * @throws NoMessageError if the peer left or took too long, and whatever `parse` throws
 */
export async function readMessage<Message extends { end: number }>(
  socket: Duplex,
  deadline: Deadline,
  seconds: number,
  parse: (bytes: Buffer) => Message | undefined,
): Promise<Message> {
  const held = new GrowingBuffer();
  const message = await readUntil(socket, deadline, seconds, () => {
    const bytes = readAvailable(socket);
    if (bytes === null) return undefined;
    held.append(bytes);
    const parsed = parse(held.bytes);
    if (!parsed) {
      if (held.bytes.length > LIMIT) throw new NoMessageError(`sent more than ${LIMIT} bytes without an end`);
      return undefined;
    }
    // In the same turn: a stream that is empty when the peer ends it takes nothing back any more.
    if (parsed.end < held.bytes.length) socket.unshift(held.bytes.subarray(parsed.end));
    return parsed;
  });
  if (message === 'closed') throw new NoMessageError('closed the connection');
  if (message === 'expired') throw new NoMessageError(`did not answer within ${seconds} s`, true);
  return message;
}
