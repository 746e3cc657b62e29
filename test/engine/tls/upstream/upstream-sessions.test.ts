import t from 'tap';
import {
  type SessionScope,
  UpstreamSessions,
  type VerifiedPeer,
} from '../../../../src/engine/tls/upstream/upstream-sessions.js';
import { certificate, DAY } from '../support.js';

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
