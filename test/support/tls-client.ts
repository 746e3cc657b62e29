import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type PeerCertificate } from 'node:tls';
import type { Authority } from '../../src/engine/index.js';
import { readAvailable } from '../../src/engine/net/read-until.js';

/** Asks a proxy for a tunnel. @returns the socket and the status line */
export async function connectThrough(port: number, target: string): Promise<{ socket: Socket; status: string }> {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  const status = await line(socket);
  return { socket, status };
}

function line(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const take = (): void => {
      const chunk = readAvailable(socket);
      if (chunk) text += chunk.toString();
      if (!text.includes('\r\n')) return;
      socket.off('readable', take);
      resolve(text.slice(0, text.indexOf('\r\n')));
    };
    socket.on('readable', take);
    socket.on('close', () => resolve(text));
  });
}

export interface TlsAnswer {
  /** The session after the handshake; undefined if it failed. */
  peer: { authorized: boolean; alpnProtocol: string | false | null; certificate: PeerCertificate } | undefined;
  error: string | undefined;
  response: string;
}

/** Shakes hands inside a tunnel, trusting the authority, and asks for a path. */
export async function ask(
  socket: Socket,
  authority: Authority,
  options: { servername?: string; alpn?: string[]; path?: string; name?: string; maxVersion?: 'TLSv1.2' } = {},
): Promise<TlsAnswer> {
  const stream = connectTls({
    socket,
    servername: options.servername ?? '',
    secureContext: createSecureContext({ ca: authority.certificatePem, maxVersion: options.maxVersion }),
    ...(options.alpn ? { ALPNProtocols: options.alpn } : {}),
    ...(options.name === undefined ? { checkServerIdentity: () => undefined } : {}),
  });
  return new Promise((resolve) => {
    let response = '';
    let peer: TlsAnswer['peer'];
    let error: string | undefined;
    stream.on('secureConnect', () => {
      const { authorized, alpnProtocol } = stream;
      peer = { authorized, alpnProtocol, certificate: stream.getPeerCertificate() };
      stream.write(`GET ${options.path ?? '/'} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n`);
    });
    stream.on('data', (chunk) => {
      response += chunk.toString();
      if (/\r\n\r\n.*\S/s.test(response) || /Content-Length: 0/.test(response)) stream.end();
    });
    stream.on('error', (failure) => {
      error = failure.message;
    });
    stream.on('close', () => resolve({ peer, error, response }));
  });
}
