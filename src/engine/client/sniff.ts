import type { Duplex } from 'node:stream';
import { beginsWithSettings } from '../http2/connection/preface.js';
import type { Deadline } from '../net/deadlines.js';
import { readAvailable } from '../net/read-until.js';
import type { Protocol } from './detect.js';

/** The first event on a pair of connections. `undecided`: the client's bytes belong to no protocol that can be recognised. */
export type SniffResult = Protocol | 'serverFirst' | 'silence' | 'closed';

/** Maximum number of bytes to inspect. */
const LIMIT = 16 * 1024;

/** Seconds for a client to send the rest of the bytes that identify its protocol. */
const PATIENCE = 3;

/** The limits of a wait for the first bytes. */
export interface SniffLimits {
  deadline: Deadline;
  /** Seconds after which a silent client gives `silence`; 0 waits without a limit. */
  silenceAfter: number;
  /**
   * Seconds in which the server may still speak, or end, after a silent client has ended its side, which is forwarded to the
   * server; 0 keeps `silenceAfter`.
   */
  halfCloseTimeout: number;
}

/**
 * Waits for the first bytes of a client (or of a server that speaks first) and detects the protocol, without consuming bytes.
 * The sockets must be paused and have no `data` listeners.
 * @param detect detects the protocol from the client's first bytes
 */
export function sniffProtocol(
  client: Duplex,
  server: Duplex | undefined,
  detect: (bytes: Buffer) => Protocol,
  { deadline, silenceAfter, halfCloseTimeout }: SniffLimits,
): Promise<SniffResult> {
  return new Promise((resolve) => {
    let seen = 0;
    const settle = (result: SniffResult): void => {
      deadline.dispose();
      client.off('readable', onClient).off('end', onClientEnd).off('close', onClose);
      server?.off('readable', onServer).off('end', onServer).off('close', onServer);
      resolve(result);
    };
    const onClient = (): void => {
      if (client.readableLength > 0 && client.readableLength === seen) return;
      const bytes = readAvailable(client);
      if (bytes === null) return;
      // Put back at once: a stream that is empty when the peer ends it refuses `unshift`.
      client.unshift(bytes);
      if (seen === 0) deadline.set(PATIENCE);
      seen = bytes.length;
      const protocol = detect(bytes);
      if (protocol !== 'undecided') settle(protocol);
      else if (seen >= LIMIT) settle('undecided');
    };
    const onClose = (): void => settle('closed');
    const onClientEnd = (): void => {
      if (!server) return settle('closed');
      server.end();
      deadline.onExpiry = onClose;
      if (halfCloseTimeout > 0) deadline.set(halfCloseTimeout);
    };
    const onServer = (): void => {
      if (server!.readableLength > 0) {
        // A server of HTTP/2 may send its settings before the client's preface. The client still shows the protocol.
        if (speaksHttp2(server!)) server!.off('readable', onServer);
        else settle('serverFirst');
      } else if (server!.readableEnded || server!.destroyed) settle(client.readableEnded ? 'closed' : 'serverFirst');
      else server!.read();
    };
    const onExpiry = (): void => settle(seen > 0 ? 'undecided' : 'silence');
    deadline.onExpiry = onExpiry;
    deadline.set(silenceAfter);
    client.on('readable', onClient).on('end', onClientEnd).on('close', onClose);
    server?.on('readable', onServer).on('end', onServer).on('close', onServer);
    if (client.destroyed) settle('closed');
    else if (client.readableEnded) onClientEnd();
    else onClient();
  });
}

/** Whether a server has begun with HTTP/2. Its bytes are not consumed. */
function speaksHttp2(server: Duplex): boolean {
  const bytes = readAvailable(server);
  if (bytes === null) return false;
  server.unshift(bytes);
  return beginsWithSettings(bytes);
}
