import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';
import type { Test } from 'tap';

export interface TlsOrigin {
  port: number;
  host: string;
  /** The server names (SNI) that clients sent, in order. */
  seen: (string | false)[];
}

/** A TLS server that answers each request with its path. */
export async function tlsOrigin(t: Test, options: TlsOptions): Promise<TlsOrigin> {
  const seen: (string | false)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ ALPNProtocols: ['http/1.1'], ...options }, (socket) => {
    seen.push(socket.servername ?? false);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const path = chunk.toString().split(' ')[1] ?? '';
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, host: '127.0.0.1', seen };
}
