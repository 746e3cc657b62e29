import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type SecureVersion, type TLSSocket } from 'node:tls';
import t from 'tap';
import { sessionWithoutPeer } from '../../../../src/engine/tls/upstream/session-der.js';
import { toPem } from '../../../../src/engine/tls/x509/certificate-writer.js';
import { explicit, integer, octetString, sequence } from '../../../../src/engine/tls/x509/der.js';
import { certificate, ecKey } from '../support.js';

const peer = explicit(3, certificate());
const before = [
  integer(Buffer.from([1])),
  octetString(Buffer.from([0x13, 0x02])),
  explicit(1, integer(Buffer.from([9]))),
];
const after = [explicit(5, integer(Buffer.from([0]))), explicit(10, octetString(Buffer.alloc(300, 7)))];

const node = (session: Buffer): Buffer =>
  Buffer.concat([Buffer.from('\0nodejs:tls:session:1\0\0\x09127.0.0.1', 'latin1'), session]);

t.test('only the certificate is left out', async (t) => {
  const table: [name: string, session: Buffer, expected: Buffer][] = [
    ['a certificate in the middle', sequence(...before, peer, ...after), sequence(...before, ...after)],
    ['as the last field', sequence(...before, peer), sequence(...before)],
    ['none', sequence(...before, ...after), sequence(...before, ...after)],
    ['with the name of the server', node(sequence(...before, peer, ...after)), node(sequence(...before, ...after))],
    ['with the name of the server only', node(Buffer.alloc(0)), node(Buffer.alloc(0))],
    ['an empty session', sequence(), sequence()],
    ['no session', Buffer.from('text'), Buffer.from('text')],
    ['nothing', Buffer.alloc(0), Buffer.alloc(0)],
  ];
  for (const [name, session, expected] of table) t.same(sessionWithoutPeer(session), expected, name);
  const whole = sequence(...before, peer, ...after);
  for (let end = 0; end < whole.length; end += 7) {
    t.equal(sessionWithoutPeer(whole.subarray(0, end)).length, end, `a session cut at ${end}`);
  }
  t.equal(sessionWithoutPeer(Buffer.concat([whole, Buffer.from([0])])).length, whole.length + 1, 'bytes behind it');
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as SecureVersion[]) {
  t.test(`OpenSSL resumes it with ${version}`, async (t) => {
    const key = ecKey();
    const pem = key.export({ type: 'pkcs8', format: 'pem' });
    const server = createServer(
      { key: pem, cert: toPem(certificate({ key, extensions: [] })), minVersion: version, maxVersion: version },
      (socket) => {
        socket.on('error', () => {});
        socket.end('x');
      },
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => server.close());
    const { port } = server.address() as AddressInfo;
    const open = async (session?: Buffer): Promise<{ stream: TLSSocket; session: Buffer }> => {
      const stream = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, session });
      const ticket = once(stream, 'session');
      stream.resume();
      await once(stream, 'secureConnect');
      const [received] = session ? [session] : await ticket;
      return { stream, session: received as Buffer };
    };
    const first = await open();
    t.equal(first.stream.isSessionReused(), false);
    first.stream.destroy();
    const small = sessionWithoutPeer(first.session);
    t.ok(small.length < first.session.length, 'the session has held a certificate');
    const second = await open(small);
    t.equal(second.stream.isSessionReused(), true);
    second.stream.destroy();
  });
}
