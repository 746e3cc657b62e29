import type { Duplex } from 'node:stream';
import type { Deadline } from '../../net/deadlines.js';
import { readUntil } from '../../net/read-until.js';
import type { ClientHello, ClientHelloError } from './client-hello.js';
import { ClientHelloReader } from './client-hello-reader.js';

/**
 * Reads a complete ClientHello and puts it back, so that the client waits and the TLS server gets all bytes. The socket
 * must be paused and have no `data` listeners.
 * @returns undefined if the client left, or took longer than the limit
 */
export async function readClientHello(
  socket: Duplex,
  deadline: Deadline,
  seconds: number,
): Promise<ClientHello | ClientHelloError | undefined> {
  const reader = new ClientHelloReader();
  const outcome = await readUntil(socket, deadline, seconds, () => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
      const pushed = reader.push(chunk as Buffer);
      if (pushed === 'more') continue;
      // In the same turn: a stream that is empty when the peer ends it refuses `unshift`.
      if (reader.bytes.length > 0) socket.unshift(reader.bytes);
      return pushed;
    }
    return undefined;
  });
  return typeof outcome === 'string' ? undefined : outcome;
}
