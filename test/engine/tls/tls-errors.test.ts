import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import t from 'tap';
import { handshakeErrorText } from '../../../src/engine/tls/tls-errors.js';
import { selfSigned } from '../../support/identity.js';

t.test('a client whose key exchange groups the server does not have', async (t) => {
  const { key, cert } = selfSigned();
  const server = createServer({ key, cert, ecdhCurve: 'P-384', minVersion: 'TLSv1.3' });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', ecdhCurve: 'X25519', rejectUnauthorized: false });
  client.on('error', () => {});
  const [error] = (await once(server, 'tlsClientError')) as [Error];
  t.match(handshakeErrorText(error), /^no key exchange group in common \(see tls_ecdh_curve_client; /);
});
