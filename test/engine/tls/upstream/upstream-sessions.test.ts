import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type SecureVersion, type TLSSocket } from 'node:tls';
import t from 'tap';
import {
  type SessionScope,
  sessionWithoutPeer,
  UpstreamSessions,
  type VerifiedPeer,
} from '../../../../src/engine/tls/upstream/upstream-sessions.js';
import { toPem } from '../../../../src/engine/tls/x509/certificate-writer.js';
import { explicit, integer, octetString, sequence } from '../../../../src/engine/tls/x509/der.js';
import { certificate, DAY, ecKey } from '../support.js';

const scope: SessionScope = {
  address: '192.0.2.1',
  port: 443,
  identity: 'host a.example',
  sni: 'a.example',
  verification: 'roots',
  clientCertificate: undefined,
  alpnOffers: ['h2', 'http/1.1'],
};

const leaf = certificate();

const HOUR = 60 * 60 * 1000;

function peer(change: Partial<VerifiedPeer> = {}): VerifiedPeer {
  const names = { commonName: undefined, names: [], organization: undefined };
  return { names, certificates: [leaf], verificationError: undefined, ...change };
}

const session = (text: string): Buffer => Buffer.from(text);

t.test('a session is for exactly what it was made for', async (t) => {
  const sessions = new UpstreamSessions();
  const known = peer();
  sessions.add(scope, session('one'), known);
  t.same(sessions.get({ ...scope, alpnOffers: [...scope.alpnOffers] })?.session.toString(), 'one');
  t.equal(sessions.get(scope)?.peer, known);
  const others: Partial<SessionScope>[] = [
    { address: '192.0.2.2' },
    { port: 8443 },
    { identity: 'host b.example' },
    { identity: 'client 192.0.2.1' },
    { sni: undefined },
    { verification: 'insecure' },
    { clientCertificate: 'x' },
    { alpnOffers: ['http/1.1', 'h2'] },
    { alpnOffers: ['h2,http/1.1'] },
    { alpnOffers: [] },
  ];
  for (const other of others) t.equal(sessions.get({ ...scope, ...other }), undefined, JSON.stringify(other));
});

t.test('renewed tickets keep what was verified and when', async (t) => {
  let now = Date.now();
  const sessions = new UpstreamSessions({ now: () => now });
  sessions.renew(scope, session('stray'));
  t.equal(sessions.get(scope), undefined);
  const known = peer();
  sessions.add(scope, session('one'), known);
  now += HOUR;
  sessions.renew(scope, session('two'));
  t.match(sessions.get(scope), { session: session('two'), peer: known });
  now += HOUR - 1;
  t.ok(sessions.get(scope));
  now += 1;
  t.equal(sessions.get(scope), undefined);
  t.equal(sessions.size, 0);
});

t.test('nothing is resumed after the clock was set back', async (t) => {
  let now = Date.now();
  const sessions = new UpstreamSessions({ now: () => now });
  sessions.add(scope, session('one'), peer());
  now -= 1;
  t.equal(sessions.get(scope), undefined);
  t.equal(sessions.size, 0);
});

t.test('nothing is resumed beyond the certificate', async (t) => {
  let now = Date.now();
  const sessions = new UpstreamSessions({ now: () => now });
  const short = certificate({ notAfter: new Date(now + HOUR / 2) });
  const expired = certificate({ notAfter: new Date(now - DAY) });
  const table: [name: string, peer: VerifiedPeer, atOnce: boolean, later: boolean][] = [
    ['a certificate that ends soon', peer({ certificates: [short] }), true, false],
    ['one that lasts', peer(), true, true],
    ['no certificate', peer({ certificates: [] }), false, false],
    ['not a certificate', peer({ certificates: [Buffer.from('x')] }), false, false],
    [
      'an expired one that is used all the same',
      peer({ certificates: [expired], verificationError: 'expired' }),
      true,
      true,
    ],
  ];
  for (const [name, known, atOnce, later] of table) {
    sessions.add({ ...scope, sni: name }, session('one'), known);
    t.equal(sessions.get({ ...scope, sni: name }) !== undefined, atOnce, name);
    now += HOUR;
    t.equal(sessions.get({ ...scope, sni: name }) !== undefined, later, name);
    now -= HOUR;
  }
});

t.test('a session that failed is forgotten', async (t) => {
  const sessions = new UpstreamSessions();
  sessions.add(scope, session('one'), peer());
  sessions.delete(scope);
  t.equal(sessions.get(scope), undefined);
});

t.test('the number of sessions is bounded, and those in use stay', async (t) => {
  const sessions = new UpstreamSessions({ capacity: 10 });
  sessions.add(scope, session('one'), peer());
  for (let port = 0; port < 10_000; port++) {
    sessions.add({ ...scope, port }, session('other'), peer({ verificationError: 'untrusted' }));
    if (port % 5 === 0) sessions.get(scope);
  }
  t.equal(sessions.size, 10);
  t.equal(sessions.get(scope)?.session.toString(), 'other');
  t.equal(sessions.get({ ...scope, port: 9999 })?.session.toString(), 'other');
  t.equal(sessions.get({ ...scope, port: 1 }), undefined);
});

const peerInSessionDer = explicit(3, certificate());

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
    ['a certificate in the middle', sequence(...before, peerInSessionDer, ...after), sequence(...before, ...after)],
    ['as the last field', sequence(...before, peerInSessionDer), sequence(...before)],
    ['none', sequence(...before, ...after), sequence(...before, ...after)],
    [
      'with the name of the server',
      node(sequence(...before, peerInSessionDer, ...after)),
      node(sequence(...before, ...after)),
    ],
    ['with the name of the server only', node(Buffer.alloc(0)), node(Buffer.alloc(0))],
    ['an empty session', sequence(), sequence()],
    ['no session', Buffer.from('text'), Buffer.from('text')],
    ['nothing', Buffer.alloc(0), Buffer.alloc(0)],
  ];
  for (const [name, session, expected] of table) t.same(sessionWithoutPeer(session), expected, name);
  const whole = sequence(...before, peerInSessionDer, ...after);
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
