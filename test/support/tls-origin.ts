import { createServer, type TlsOptions } from 'node:tls';
import type { Test } from 'tap';
import { listen } from './listen.js';

export interface TlsOrigin {
  port: number;
  host: string;
  /** The server names (SNI) that clients sent, in order. */
  seen: (string | false)[];
}

/** A TLS server that answers each request with its path. */
export async function tlsOrigin(t: Test, options: TlsOptions): Promise<TlsOrigin> {
  const seen: (string | false)[] = [];
  const server = createServer({ ALPNProtocols: ['http/1.1'], ...options }, (socket) => {
    seen.push(socket.servername ?? false);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const path = chunk.toString().split(' ')[1] ?? '';
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`);
    });
  });
  server.on('tlsClientError', () => {});
  return { port: await listen(t, server), host: '127.0.0.1', seen };
}
