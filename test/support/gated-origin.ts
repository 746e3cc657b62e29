import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Test } from 'tap';
import type { Identity } from './identity.js';

/** How the server behaves on a connection. */
export interface Gate {
  identity: Identity;
  /** Protocols that it speaks; by default it knows no ALPN. */
  alpn?: string[];
  /** The handshake begins when it resolves. */
  opens?: Promise<void>;
}

export interface GatedOrigin {
  port: number;
  /** The number of the connection (from 0) and the path of each request, such as `1 /path`. */
  requests: string[];
  /** Connections so far, with or without a handshake. */
  connections: number;
}

/** A TLS server that behaves differently on each connection: on the last ones as the last gate says. A path is answered with itself. */
export async function gatedOrigin(t: Test, gates: readonly Gate[]): Promise<GatedOrigin> {
  const origin: GatedOrigin = { port: 0, requests: [], connections: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const number = origin.connections++;
    sockets.add(socket);
    socket.on('error', () => {});
    const { identity, alpn, opens } = gates[Math.min(number, gates.length - 1)]!;
    const begin = (): void => {
      const stream = new TLSSocket(socket, {
        isServer: true,
        secureContext: createSecureContext(identity),
        ...(alpn && { ALPNProtocols: alpn }),
      });
      stream.on('error', () => {});
      stream.on('data', (chunk) => {
        const path = String(chunk).split(' ')[1] ?? '';
        origin.requests.push(`${number} ${path}`);
        stream.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`);
      });
    };
    if (opens) void opens.then(begin);
    else begin();
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
