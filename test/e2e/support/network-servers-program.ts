import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Server } from 'node:net';
import { createSecureContext } from 'node:tls';
import { GREETING, LARGE, PORTS, type ServersConfig } from './network-servers.js';
import { patterned } from './patterned.js';

/** The program of `startServers`: serves until it is killed, and says `ready` on stdout. */
async function main(file: string): Promise<void> {
  const { identities } = JSON.parse(readFileSync(file, 'utf8')) as ServersConfig;
  const large = patterned(LARGE);
  const serve: RequestListener = async (request, response) => {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of request) {
      hash.update(chunk as Buffer);
      size += (chunk as Buffer).length;
    }
    if (request.url === '/large') response.end(large);
    else response.end(`${request.method} ${request.url} ${request.headers.host} ${size} ${hash.digest('hex')}\n`);
  };
  const tls = {
    ...identities[''],
    SNICallback: (
      name: string,
      done: (error: Error | null, context?: ReturnType<typeof createSecureContext>) => void,
    ) => done(null, createSecureContext(identities[name] ?? identities[''])),
  };
  const echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  const greeter = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.write(GREETING);
    socket.pipe(socket);
  });
  const listeners: [Server, number][] = [
    [createHttpServer(serve), PORTS.http],
    [createHttpServer(serve), PORTS.oddHttp],
    [createHttpsServer(tls, serve), PORTS.https],
    [createHttpsServer(tls, serve), PORTS.oddHttps],
    [echo, PORTS.echo],
    [greeter, PORTS.greeter],
  ];
  await Promise.all(
    listeners.map(([server, port]) => new Promise<void>((resolve) => server.listen({ port, backlog: 4096 }, resolve))),
  );
  console.log('ready');
}

await main(process.argv[2]!);
