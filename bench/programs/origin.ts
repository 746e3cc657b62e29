import { createReadStream, readFileSync, statSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';

/*
 * `node origin.js FOLDER PEM`: serves the files of a folder over HTTP/1.1, plain and with TLS, keeping connections. It stands in for nginx and
 * knows only what the benchmark sends: requests without bodies. On raw sockets, as node:http would be the bottleneck.
 */
const IN_MEMORY = 1024 * 1024;
const [root = '.', pemFile = ''] = process.argv.slice(2);
const pem = readFileSync(pemFile);
const whole = new Map<string, Buffer>();
const NOT_FOUND = Buffer.from(`${head('404 Not Found', 'text/plain', 10)}Not found\n`);

const server = createServer({ noDelay: true }, serve);
const tlsServer = createTlsServer({ key: pem, cert: pem, noDelay: true }, serve);

function serve(socket: Socket): void {
  let pending = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', async (chunk) => {
    pending += chunk.toString('latin1');
    for (let end = pending.indexOf('\r\n\r\n'); end >= 0; end = pending.indexOf('\r\n\r\n')) {
      const target = pending.slice(0, end).split(' ', 2)[1] ?? '/';
      pending = pending.slice(end + 4);
      const path = target.replace(/^[a-z]+:\/\/[^/]*/i, '');
      const answer = small(path);
      if (answer) socket.write(answer);
      else await stream(path, socket);
    }
  });
}

server.listen(0, '127.0.0.1', 4096, () => {
  tlsServer.listen(0, '127.0.0.1', 4096, () => {
    const [plain, tls] = [server, tlsServer].map((listener) => (listener.address() as AddressInfo).port);
    console.error(`Origin listening at 127.0.0.1:${plain} and with TLS at 127.0.0.1:${tls}.`);
  });
});

/** The whole answer for a small file or none, kept in memory; undefined for a large one. */
function small(path: string): Buffer | undefined {
  const known = whole.get(path);
  if (known) return known;
  const size = statSync(join(root, path), { throwIfNoEntry: false })?.size;
  if (size === undefined) return NOT_FOUND;
  if (size > IN_MEMORY) return undefined;
  const type = path.endsWith('.json') ? 'application/json' : 'application/octet-stream';
  const answer = Buffer.concat([Buffer.from(head('200 OK', type, size)), readFileSync(join(root, path))]);
  whole.set(path, answer);
  return answer;
}

function stream(path: string, socket: Socket): Promise<void> {
  socket.write(head('200 OK', 'application/octet-stream', statSync(join(root, path)).size));
  return new Promise((resolve) => {
    const file = createReadStream(join(root, path), { highWaterMark: 256 * 1024 });
    socket.once('close', () => file.destroy());
    file.once('close', resolve);
    file.pipe(socket, { end: false });
  });
}

function head(status: string, type: string, length: number): string {
  return `HTTP/1.1 ${status}\r\nServer: origin\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`;
}
