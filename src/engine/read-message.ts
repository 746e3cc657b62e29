import type { Socket } from 'node:net';
import type { Deadline } from './deadlines.js';

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
 * @param measure the length of the message that the bytes begin with; 0 if more of them are needed; may throw
 * @param seconds 0 waits for ever
 * @throws NoMessageError if the peer left or took too long, and whatever `measure` throws
 */
export function readMessage(
  socket: Socket,
  deadline: Deadline,
  seconds: number,
  measure: (bytes: Buffer) => number,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let seen = 0;
    const settle = (): void => {
      deadline.dispose();
      socket.off('readable', onReadable).off('end', onGone).off('close', onGone);
    };
    const fail = (error: unknown): void => {
      settle();
      reject(error);
    };
    const onReadable = (): void => {
      if (socket.readableLength > 0 && socket.readableLength === seen) return;
      const bytes = socket.read() as Buffer | null;
      if (bytes === null) return;
      let length = 0;
      try {
        length = measure(bytes);
      } catch (error) {
        return fail(error);
      }
      // Put back at once: a stream that is empty when the peer ends it takes nothing back any more.
      if (length < bytes.length) socket.unshift(length === 0 ? bytes : bytes.subarray(length));
      seen = bytes.length;
      if (length > 0) {
        settle();
        resolve(bytes.subarray(0, length));
      } else if (seen > LIMIT) fail(new NoMessageError(`sent more than ${LIMIT} bytes without an end`));
      return undefined;
    };
    const onGone = (): void => fail(new NoMessageError('closed the connection'));
    deadline.onExpiry = () => fail(new NoMessageError(`did not answer within ${seconds} s`, true));
    deadline.set(seconds);
    socket.on('readable', onReadable).on('end', onGone).on('close', onGone);
    if (socket.destroyed || socket.readableEnded) onGone();
    else onReadable();
  });
}
