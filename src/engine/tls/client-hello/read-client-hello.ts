import type { Duplex } from 'node:stream';
import type { Deadline } from '../../net/deadlines.js';
import type { ClientHello, ClientHelloError } from './client-hello.js';
import { ClientHelloReader } from './client-hello-reader.js';

/**
 * Reads a whole ClientHello and puts it back, so that the client waits, and whoever speaks TLS with it finds all bytes.
 * The socket must not be flowing, nor have listeners for data.
 * @returns undefined if the client left, or took longer than the time allows
 */
export function readClientHello(
  socket: Duplex,
  deadline: Deadline,
  seconds: number,
): Promise<ClientHello | ClientHelloError | undefined> {
  return new Promise((resolve) => {
    const reader = new ClientHelloReader();
    const settle = (outcome: ClientHello | ClientHelloError | undefined): void => {
      deadline.dispose();
      socket.off('readable', onReadable).off('end', onGone).off('close', onGone);
      if (outcome && reader.bytes.length > 0) socket.unshift(reader.bytes);
      resolve(outcome);
    };
    const onReadable = (): void => {
      for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
        const outcome = reader.push(chunk as Buffer);
        if (outcome !== 'more') return settle(outcome);
      }
    };
    const onGone = (): void => settle(undefined);
    deadline.onExpiry = onGone;
    deadline.set(seconds);
    socket.on('readable', onReadable).on('end', onGone).on('close', onGone);
    if (socket.destroyed || socket.readableEnded) onGone();
    else onReadable();
  });
}
