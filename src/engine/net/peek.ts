import type { Duplex } from 'node:stream';
import type { Protocol } from '../client/detect.js';
import type { Deadline } from './deadlines.js';
import { readAvailable } from './read-available.js';

/** What was seen first on a pair of connections. */
export type SniffResult = Exclude<Protocol, 'undecided'> | 'serverFirst' | 'silence' | 'closed';

/** Most bytes that are looked at. */
const LIMIT = 16 * 1024;
/** Seconds for a client that sent something to send the rest of what tells the protocol. */
const PATIENCE = 3;

/**
 * Waits for the first bytes of a client (or of the server, where it speaks first) and tells what they are. All bytes are
 * still to be read afterwards. The sockets must not be flowing, nor have listeners for data.
 * @param detect tells the protocol by the first bytes
 * @param silenceAfter seconds after which a client that sends nothing is `silence`; 0 waits for ever
 * @param halfCloseTimeout seconds in which a server may still speak, or end, after a client has ended its side without a
 * word, which is passed on to it; 0 leaves it at `silenceAfter`
 */
export function peek(
  client: Duplex,
  server: Duplex | undefined,
  detect: (bytes: Buffer) => Protocol,
  deadline: Deadline,
  silenceAfter: number,
  halfCloseTimeout: number,
): Promise<SniffResult> {
  return new Promise((resolve) => {
    let seen = 0;
    const settle = (sight: SniffResult): void => {
      deadline.dispose();
      client.off('readable', onClient).off('end', onClientEnd).off('close', onClose);
      server?.off('readable', onServer).off('end', onServer).off('close', onServer);
      resolve(sight);
    };
    const onClient = (): void => {
      if (client.readableLength > 0 && client.readableLength === seen) return;
      const bytes = readAvailable(client);
      if (bytes === null) return;
      // Put back at once: a stream that is empty when the peer ends it takes nothing back any more.
      client.unshift(bytes);
      if (seen === 0) deadline.set(PATIENCE);
      seen = bytes.length;
      const protocol = detect(bytes);
      if (protocol !== 'undecided') settle(protocol);
      else if (seen >= LIMIT) settle('other');
    };
    const onClose = (): void => settle('closed');
    const onClientEnd = (): void => {
      if (!server) return settle('closed');
      server.end();
      deadline.onExpiry = onClose;
      if (halfCloseTimeout > 0) deadline.set(halfCloseTimeout);
    };
    const onServer = (): void => {
      if (server!.readableLength > 0) settle('serverFirst');
      else if (server!.readableEnded || server!.destroyed) settle(client.readableEnded ? 'closed' : 'serverFirst');
      else server!.read();
    };
    deadline.onExpiry = () => settle(seen > 0 ? 'other' : 'silence');
    deadline.set(silenceAfter);
    client.on('readable', onClient).on('end', onClientEnd).on('close', onClose);
    server?.on('readable', onServer).on('end', onServer).on('close', onServer);
    if (client.destroyed) settle('closed');
    else if (client.readableEnded) onClientEnd();
    else onClient();
  });
}
