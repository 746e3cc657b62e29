import type { Duplex } from 'node:stream';
import { GrowingBuffer } from '../../flow/body/growing-buffer.js';
import type { Deadline } from './deadlines.js';
import { readAvailable, readUntil } from './read-until.js';

/** Why a message did not arrive; the sentence continues after the peer's name: it `closed the connection`. */
export class NoMessageError extends Error {
  override name = 'NoMessageError';
  constructor(
    message: string,
    readonly timedOut = false,
  ) {
    super(message);
  }
}

/** Maximum size of a message in bytes. */
const LIMIT = 64 * 1024;

/**
 * Reads one message from a socket, which must be paused and have no `data` listeners. Bytes after the message remain unread.
 * @param parse returns the message at the start of the bytes and its end, or undefined if more bytes are needed; it may throw.
 * It gets all bytes each time, so it should scan only the new ones.
 * @param seconds 0 waits without a limit
 * @throws NoMessageError if the peer left or took too long, and the errors of `parse`
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
    // In the same turn: a stream that is empty when the peer ends it refuses `unshift`.
    if (parsed.end < held.bytes.length) socket.unshift(held.bytes.subarray(parsed.end));
    return parsed;
  });
  if (message === 'closed') throw new NoMessageError('closed the connection');
  if (message === 'expired') throw new NoMessageError(`did not answer within ${seconds} s`, true);
  return message;
}
