import { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import t from 'tap';
import { isForHost, type LeafNames, serverIdentity } from '../../../../src/engine/tls/upstream/server-identity.js';
import { distinguishedName, extension } from '../../../../src/engine/tls/x509/certificate-writer.js';
import { implicit, sequence } from '../../../../src/engine/tls/x509/der.js';
import { OID } from '../../../../src/engine/tls/x509/oids.js';
import { type SubjectName, subjectName } from '../../../../src/engine/tls/x509/subject-name.js';
import { ipBytes } from '../../../../src/flow/text/ip-address.js';
import { certificate } from '../support.js';

/** As a TLS socket gives it. */
function peer(names: readonly string[], commonName?: string): PeerCertificate {
  const general = names.map(named).map(({ kind, value }) => implicit(...encoded(kind, value)));
  const extensions = names.length > 0 ? [extension(OID.subjectAltName, sequence(...general))] : [];
  const der = certificate({ name: distinguishedName({ commonName }), extensions });
  return new X509Certificate(der).toLegacyObject();
}

function encoded(kind: SubjectName['kind'], value: string): [number, Buffer] {
  return kind === 'ip' ? [7, ipBytes(value)] : [2, Buffer.from(value)];
}

function named(value: string): SubjectName {
  return subjectName(value) ?? { kind: 'dns', value };
}

const leaf = (names: readonly string[], isOwn = false): LeafNames => ({ names: names.map(named), isOwn });

t.test('a host that is known', async (t) => {
  const table: [host: string, names: string[], commonName: string | undefined, isFor: boolean][] = [
    ['a.test', ['a.test'], undefined, true],
    ['A.TEST', ['a.test'], undefined, true],
    ['a.test.', ['a.test'], undefined, true],
    ['a.b.test', ['*.b.test'], undefined, true],
    ['a.a.b.test', ['*.b.test'], undefined, false],
    ['a.test', ['b.test'], 'a.test', false],
    ['a.test', [], 'a.test', true],
    ['10.0.0.1', ['10.0.0.1'], undefined, true],
    ['10.0.0.1', [], '10.0.0.1', false],
    ['10.0.0.1', ['a.test'], '10.0.0.1', false],
    ['::ffff:10.0.0.1', ['10.0.0.1'], undefined, true],
    ['2001:DB8:0:0::1', ['2001:db8::1'], undefined, true],
    ['fe80::1%eth0', ['fe80::1'], undefined, true],
    ['::1', ['::2'], undefined, false],
  ];
  for (const [host, names, commonName, isFor] of table) {
    const mismatch = serverIdentity(host).mismatch(peer(names, commonName));
    t.equal(mismatch === undefined, isFor, `${host}: ${names}, ${commonName}`);
    t.notMatch(mismatch ?? '', /\.$/);
  }
});

t.test('names that a client accepted', async (t) => {
  const server = { address: '10.0.0.1', leafNames: () => leaf([]) };
  const table: [accepted: LeafNames, names: string[], mismatch: RegExp | undefined][] = [
    [leaf(['a.test', 'b.test']), ['b.test', 'c.test', 'a.test'], undefined],
    [leaf(['a.test', 'b.test']), ['b.test'], /not for a\.test, which/],
    [leaf(['x.b.test']), ['*.b.test'], undefined],
    [leaf(['x.test']), ['*.test'], /not for x\.test/],
    [leaf(['x.y.b.test']), ['*.b.test'], /not for x\.y\.b\.test/],
    [leaf(['*.b.test']), ['*.b.test'], undefined],
    [leaf(['*.b.test']), ['x.b.test'], /not for \*\.b\.test/],
    [leaf(['10.0.0.1']), ['a.test', '10.0.0.1'], undefined],
    [leaf(['a.test']), ['10.0.0.1'], /not for a\.test/],
    [leaf(['own.test'], true), ['10.0.0.1'], undefined],
    [leaf(['own.test'], true), ['own.test'], undefined],
    [leaf(['own.test'], true), ['a.test'], /not for own\.test/],
    [leaf(['a', 'b', 'c', 'd', 'e']), ['x'], /not for a, b, c and 2 more, which/],
  ];
  for (const [accepted, names, mismatch] of table) {
    const found = serverIdentity(server, accepted).mismatch(peer(names));
    const what = `${accepted.names.map(({ value }) => value)}, then ${names}`;
    if (mismatch) t.match(found, mismatch, what);
    else t.equal(found, undefined, what);
  }
});

t.test('what the client will see', async (t) => {
  const copying = {
    address: '10.0.0.1',
    leafNames: ({ names }: { names: SubjectName[] }) => ({ names, isOwn: false }),
  };
  t.equal(serverIdentity(copying).mismatch(peer(['a.test'])), undefined);
  const blind = { address: '10.0.0.1', leafNames: () => leaf(['10.0.0.1']) };
  t.match(serverIdentity(blind).mismatch(peer(['a.test'])), /not for 10\.0\.0\.1, which/);
  t.equal(serverIdentity(blind).mismatch(peer(['10.0.0.1'])), undefined);
});

t.test('different checks have different ids', async (t) => {
  const server = { address: '10.0.0.1', leafNames: () => leaf([]) };
  const all = [
    serverIdentity('10.0.0.1'),
    serverIdentity('a.test'),
    serverIdentity(server),
    serverIdentity({ ...server, address: '10.0.0.2' }),
    serverIdentity(server, leaf(['a.test'])),
    serverIdentity(server, leaf(['a.test'], true)),
    serverIdentity(server, leaf(['a.test', 'b.test'])),
    serverIdentity({ ...server, address: '10.0.0.2' }, leaf(['a.test'])),
  ].map(({ id }) => id);
  t.equal(new Set(all).size, all.length);
  t.equal(serverIdentity(server, leaf(['a.test'])).id, all[4]);
});

t.test('names of a certificate', async (t) => {
  const names = [named('10.0.0.1'), named('*.b.test')];
  t.same(
    ['10.0.0.1', '::ffff:10.0.0.1', 'a.b.test', 'b.test', 'not a name'].map((host) => isForHost(names, host)),
    [true, true, true, false, false],
  );
});
