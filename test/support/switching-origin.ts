import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Test } from 'tap';
import type { Identity } from './identity.js';

export interface SwitchingOrigin {
  port: number;
  /** The number of the connection (from 0) and the path of each request, such as `1 /path`. */
  requests: string[];
  /** The connections whose session was resumed. */
  resumed: number[];
  /** Open connections. */
  open: number;
}

/**
 * A TLS server that shows another certificate on each connection, the last one from then on, and closes each after one
 * response. Connections with the same certificate can resume each other's sessions.
 */
export async function switchingOrigin(t: Test, identities: readonly Identity[]): Promise<SwitchingOrigin> {
  const ticketKeys = identities.map((_, at) => Buffer.alloc(48, at + 1));
  const contexts = identities.map((identity, at) => createSecureContext({ ...identity, ticketKeys: ticketKeys[at] }));
  const origin: SwitchingOrigin = { port: 0, requests: [], resumed: [], open: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const number = sockets.size;
    sockets.add(socket);
    origin.open++;
    socket.on('close', () => origin.open--);
    socket.on('error', () => {});
    const stream = new TLSSocket(socket, {
      isServer: true,
      secureContext: contexts[Math.min(number, contexts.length - 1)],
    });
    stream.on('error', () => {});
    stream.on('data', (chunk) => {
      if (stream.isSessionReused()) origin.resumed.push(number);
      origin.requests.push(`${number} ${String(chunk).split(' ')[1]}`);
      stream.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  origin.port = (server.address() as AddressInfo).port;
  return origin;
}
