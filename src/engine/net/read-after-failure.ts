import type { Socket } from 'node:net';

/** Emitted by a socket that can no longer be written to, but may still have data to read. */
export const FAILED = 'failed';

/** Write errors after which the kernel still delivers received data, and then ends the reading side. */
const READABLE_AFTER: ReadonlySet<unknown> = new Set(['EPIPE', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT']);

type Done = (error?: Error | null) => void;

/**
 * Allows a socket to be read to its end after its connection has failed. A server that responds and closes without
 * reading the whole request resets the connection; its response is then in our receive buffer. Node destroys a socket
 * as soon as a write fails, and drops the buffered data of the stream when a read fails.
 *
 * After the failure, writes are discarded and the socket emits `FAILED`. The error follows once everything was read:
 * `errored` is set before other listeners of `end` run; `error` and `close` follow.
 */
export function readAfterFailure(socket: Socket): void {
  const { _write: write, destroy } = socket;
  const writev = socket._writev!;
  let failure: Error | undefined;
  // Node passes the same function with each write of a socket.
  let done: Done;
  const fail = (error: Error): void => {
    failure = error;
    socket.prependOnceListener('end', () => destroy.call(socket, error));
    socket.emit(FAILED);
  };
  const settle: Done = (error) => {
    if (error && !socket.readableEnded && READABLE_AFTER.has((error as NodeJS.ErrnoException).code)) {
      if (!failure) fail(error);
      done();
    } else done(error);
  };
  const writeOne: Socket['_write'] = (chunk, encoding, callback) => {
    done = callback;
    if (failure) callback();
    else write.call(socket, chunk, encoding, settle);
  };
  const writeAll: NonNullable<Socket['_writev']> = (chunks, callback) => {
    done = callback;
    if (failure) callback();
    else writev.call(socket, chunks, settle);
  };
  const destroyOnceRead: Socket['destroy'] = (error) => {
    if (!error || !endsReading(error) || socket.readableLength === 0) return destroy.call(socket, error);
    if (!failure) fail(error);
    socket.push(null);
    return socket;
  };
  socket._write = writeOne;
  socket._writev = writeAll;
  socket.destroy = destroyOnceRead;
}

/** Whether nothing more can be received: a read has failed, or TLS has. */
function endsReading({ syscall, code }: NodeJS.ErrnoException): boolean {
  return syscall === 'read' || code?.startsWith('ERR_SSL_') === true;
}
