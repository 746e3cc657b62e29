import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';

/*
 * `node http2-origin.js PEM FILE`: answers every request over HTTP/2 and TLS with the content of a file, and calls of gRPC
 * with a message that has this content.
 */
const [pemFile = '', file = ''] = process.argv.slice(2);
const pem = readFileSync(pemFile);
const content = readFileSync(file);
const server = createSecureServer({ key: pem, cert: pem });

const prefix = Buffer.alloc(5);
prefix.writeUInt32BE(content.length, 1);
const message = Buffer.concat([prefix, content]);

server.on('stream', (stream, head) => {
  stream.on('error', () => {});
  if (head['content-type'] === 'application/grpc') {
    stream.resume();
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(message);
    return;
  }
  stream.respond({ ':status': 200, 'content-type': 'application/json', 'content-length': content.length });
  stream.end(content);
});

server.listen(0, '127.0.0.1', 4096, () => {
  console.error(`Origin listening at 127.0.0.1:${(server.address() as AddressInfo).port}.`);
});
