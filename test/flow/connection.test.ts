import t from 'tap';
import { ClientConnection, formatAddress, ServerConnection, type TlsSession } from '../../src/flow/connection.js';

const TLS: TlsSession = {
  version: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  sni: 'a.test',
  alpn: 'h2',
  alpnOffers: ['h2', 'http/1.1'],
  cipherOffers: [1],
  certificates: [Buffer.from('x')],
  timestampSetup: 3,
};
const COMMON = {
  transport: 'udp',
  peer: ['1.2.3.4', 5],
  local: ['::1', 6],
  tls: TLS,
  timestampStart: 1,
  timestampEnd: 4,
};

t.test('a clone has everything, and shares nothing that is changed in place', async (t) => {
  const client = Object.assign(new ClientConnection('c'), COMMON, { mode: 'socks5', error: 'e' });
  const via = { scheme: 'https', address: ['p.test', 443] };
  const server = Object.assign(new ServerConnection('s'), COMMON, {
    address: ['a.test', 7],
    via,
    timestampTcpSetup: 2,
  });
  for (const connection of [client, server, new ClientConnection(), new ServerConnection()]) {
    const clone = connection.clone();
    t.same(clone, connection);
    t.equal(clone.constructor, connection.constructor);
    t.not(clone, connection);
    if (clone.tls) clone.tls.sni = 'b.test';
  }
  t.equal(client.tls!.sni, 'a.test');
});

t.test('addresses for people', async (t) => {
  t.equal(formatAddress(undefined), '<no address>');
  t.equal(formatAddress(['1.2.3.4', 5]), '1.2.3.4:5');
  t.equal(formatAddress(['::1', 5]), '[::1]:5');
  t.equal(formatAddress(['::ffff:1.2.3.4', 5]), '1.2.3.4:5');
  t.equal(formatAddress(['xn--bcher-kva.example', 5]), 'bücher.example:5');
});
