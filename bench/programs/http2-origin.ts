import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';

/*
 * `node http2-origin.js PEM FILE`: answers every request over HTTP/2 and TLS with the content of a file.
 */
const [pemFile = '', file = ''] = process.argv.slice(2);
const pem = readFileSync(pemFile);
const content = readFileSync(file);
const server = createSecureServer({ key: pem, cert: pem });

server.on('stream', (stream) => {
  stream.on('error', () => {});
  stream.respond({ ':status': 200, 'content-type': 'application/json', 'content-length': content.length });
  stream.end(content);
});

server.listen(0, '127.0.0.1', 4096, () => {
  console.error(`Origin listening at 127.0.0.1:${(server.address() as AddressInfo).port}.`);
});
