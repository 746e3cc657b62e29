import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { WebSocketServer } from 'ws';
import type { Identity } from './identity.js';

/**
 * A WebSocket server that sends back every message, in plain or over TLS, until the end of the test. It offers the
 * subprotocol `chat` and compresses if the client can.
 * @returns its port
 */
export async function startEchoSocket(t: Test, tls?: Identity): Promise<number> {
  const server = tls ? createSecureServer(tls) : createServer();
  const sockets = new WebSocketServer({
    server,
    perMessageDeflate: { threshold: 0 },
    handleProtocols: (offers) => (offers.has('chat') ? 'chat' : false),
  });
  sockets.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
