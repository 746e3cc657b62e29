import type { Duplex, Readable } from 'node:stream';
import type { Deadline } from './deadlines.js';

/** Why a wait for bytes ended without a result. */
export type Unread = 'closed' | 'expired';

/**
 * Waits until a stream has enough bytes. The stream must be paused and have no `data` listeners.
 * @param inspect called now and whenever bytes have arrived; it reads from the stream itself and returns undefined to
 * wait for more. Its errors reject the promise.
 * @param seconds 0 waits without a limit
 * @returns `closed` if the peer ended or closed the connection first, `expired` if the time ran out
 */
export function readUntil<Result>(
  stream: Duplex,
  deadline: Deadline,
  seconds: number,
  inspect: () => Result | undefined,
): Promise<Result | Unread> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      deadline.dispose();
      stream.off('readable', onReadable).off('end', onGone).off('close', onGone);
    };
    const settle = (result: Result | Unread): void => {
      stop();
      resolve(result);
    };
    const onReadable = (): void => {
      try {
        const result = inspect();
        if (result !== undefined) settle(result);
      } catch (error) {
        stop();
        reject(error);
      }
    };
    const onGone = (): void => settle('closed');
    const onExpiry = (): void => settle('expired');
    deadline.onExpiry = onExpiry;
    deadline.set(seconds);
    stream.on('readable', onReadable).on('end', onGone).on('close', onGone);
    if (stream.destroyed || stream.readableEnded) onGone();
    else onReadable();
  });
}

/**
 * Reads all buffered bytes; null if the buffer is empty, and then the source is read. Since Node 26, `read()` without a size
 * returns only one of the buffered pieces.
 */
export function readAvailable(stream: Readable): Buffer | null {
  const { readableLength } = stream;
  return stream.read(readableLength > 0 ? readableLength : undefined) as Buffer | null;
}

/**
 * Calls back if the peer has ended its side after bytes that are still unread; otherwise puts those bytes back. Node
 * reports an end only after all bytes were read. The stream must be paused and have no `data` listeners.
 */
export function ifEnded(stream: Readable, ended: () => void): void {
  const bytes = readAvailable(stream);
  stream.read(0);
  // An end after the bytes is reported by then; no new bytes are read in between.
  process.nextTick(() => {
    if (stream.readableEnded) ended();
    else if (bytes) stream.unshift(bytes);
  });
}
