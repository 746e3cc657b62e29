import type { Duplex } from 'node:stream';
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
    deadline.onExpiry = () => settle('expired');
    deadline.set(seconds);
    stream.on('readable', onReadable).on('end', onGone).on('close', onGone);
    if (stream.destroyed || stream.readableEnded) onGone();
    else onReadable();
  });
}
