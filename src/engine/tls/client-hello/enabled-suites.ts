import { duplexPair } from 'node:stream';
import { connect, type SecureContextOptions } from 'node:tls';
import { ClientHelloReader } from './client-hello-reader.js';

/**
 * The cipher suites that these settings enable, by their IANA numbers. OpenSSL has the list, but Node does not expose it: a
 * client with these settings names them in its ClientHello.
 * @param settings settings that `createSecureContext` accepts
 */
export function enabledSuites(settings: SecureContextOptions): Promise<ReadonlySet<number>> {
  return new Promise((resolve) => {
    const [socket, peer] = duplexPair();
    const client = connect({ ...settings, socket });
    const reader = new ClientHelloReader();
    const settle = (suites: readonly number[]): void => {
      resolve(new Set(suites));
      client.destroy();
      peer.destroy();
    };
    client.once('error', () => settle([]));
    peer.on('data', (chunk: Buffer) => {
      const hello = reader.push(chunk);
      if (hello !== 'more') settle(hello.kind === 'hello' ? hello.cipherSuites : []);
    });
  });
}
