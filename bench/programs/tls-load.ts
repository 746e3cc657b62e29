import { connect, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';
import { AnswerReader } from '../harness/answer-reader.js';

/*
 * `node tls-load.js PROXY_PORT ORIGIN_PORT PATH CONNECTIONS SECONDS kept|fresh|names`: requests over TLS through CONNECT, on
 * kept connections, with a full handshake for each, or also with another server name for each. The certificate is not verified: that would measure this program.
 * Prints {"requests", "failed", "seconds"} as JSON.
 */
const [proxyPort, originPort, path, connections, seconds, kind] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  'kept' | 'fresh' | 'names',
];
const target = `localhost:${originPort}`;
const isKept = kind === 'kept';
const request = `GET ${path} HTTP/1.1\r\nHost: ${target}\r\n${isKept ? '' : 'Connection: close\r\n'}\r\n`;
const secureContext = createSecureContext();
let names = 0;
let requests = 0;
let failed = 0;
const start = performance.now();
const end = start + Number(seconds) * 1000;
let living = Number(connections);

for (let at = 0; at < Number(connections); at++) open();

function open(): void {
  if (performance.now() >= end) {
    if (--living === 0) finish();
    return;
  }
  const socket = connect({ port: Number(proxyPort), host: '127.0.0.1', noDelay: true });
  let answered = false;
  socket.on('error', () => {});
  socket.on('close', () => {
    if (!answered) failed++;
    open();
  });
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  socket.once('readable', () => {
    const answer = String(socket.read() ?? '');
    if (!/^HTTP\/1\.[01] 200/.test(answer)) return void socket.destroy();
    speak(socket, () => {
      answered = true;
    });
  });
}

function speak(socket: Socket, onAnswer: () => void): void {
  const servername = kind === 'names' ? `host-${names++}.localhost` : 'localhost';
  const stream = connectTls({ socket, servername, secureContext, rejectUnauthorized: false });
  const reader = new AnswerReader();
  stream.on('error', () => socket.destroy());
  stream.on('secureConnect', () => stream.write(request));
  stream.on('data', (chunk) => {
    if (!reader.take(chunk)) return;
    if (reader.status !== 200) return void socket.destroy();
    requests++;
    onAnswer();
    if (isKept && performance.now() < end) stream.write(request);
    else socket.destroy();
  });
}

function finish(): void {
  console.log(JSON.stringify({ requests, failed, seconds: (performance.now() - start) / 1000 }));
}
