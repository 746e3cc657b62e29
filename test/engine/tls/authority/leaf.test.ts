import { createPublicKey, X509Certificate } from 'node:crypto';
import t from 'tap';
import { type LeafSubject, leafSubject, mintLeaf } from '../../../../src/engine/tls/authority/leaf.js';
import { certificateNames } from '../../../../src/engine/tls/x509/certificate-names.js';
import { distinguishedName, toPem } from '../../../../src/engine/tls/x509/certificate-writer.js';
import { subjectName } from '../../../../src/engine/tls/x509/subject-name.js';
import { folder, write } from '../../../support/folder.js';
import { caExtensions, certificate, DAY, ecKey, openssl, spki, testAuthority, without } from '../support.js';

const authority = testAuthority();
const publicKey = spki(ecKey());

function subject(...hosts: string[]): LeafSubject {
  return { names: hosts.map((host) => subjectName(host)!) };
}

const EXTENSIONS = ['x509', '-noout', '-ext'];

t.test('what OpenSSL reads in a leaf', { skip: without('openssl') }, async (t) => {
  const dir = folder(t);
  const ca = write(`${dir}/ca.pem`, authority.certificatePem);
  const names = [...subject('a.example', 'my_host.example', '10.0.0.1', '2001:db8::1', 'bücher.example').names];
  names.push({ kind: 'dns', value: '*.a.example' });
  const pem = toPem(
    mintLeaf({ commonName: 'cn.example', names, organization: 'Größe & Co' }, publicKey, authority).der,
  );
  const leaf = write(`${dir}/leaf.pem`, pem);
  t.equal(openssl(['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', ca, leaf]), `${leaf}: OK\n`);
  for (const host of ['a.example', 'my_host.example', 'xn--bcher-kva.example', 'b.a.example']) {
    t.match(openssl(['verify', '-verify_hostname', host, '-CAfile', ca, leaf]), ': OK', host);
  }
  for (const ip of ['10.0.0.1', '2001:db8::1']) {
    t.match(openssl(['verify', '-verify_ip', ip, '-CAfile', ca, leaf]), ': OK', ip);
  }
  t.throws(() => openssl(['verify', '-verify_hostname', 'c.b.a.example', '-CAfile', ca, leaf]));
  t.equal(openssl(['x509', '-noout', '-subject', '-nameopt', 'utf8'], pem), 'subject=O=Größe & Co, CN=cn.example\n');
  const short = (name: string): string =>
    openssl([...EXTENSIONS, name], pem)
      .replace(/\s+/g, ' ')
      .trim();
  t.equal(
    short('subjectAltName'),
    'X509v3 Subject Alternative Name: DNS:a.example, DNS:my_host.example, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1, DNS:xn--bcher-kva.example, DNS:*.a.example',
  );
  t.equal(short('extendedKeyUsage'), 'X509v3 Extended Key Usage: TLS Web Server Authentication');
  const issuer = openssl([...EXTENSIONS, 'subjectKeyIdentifier'], authority.certificatePem)
    .trim()
    .split(/\s+/)
    .at(-1);
  t.equal(short('authorityKeyIdentifier'), `X509v3 Authority Key Identifier: ${issuer}`);
  for (const absent of ['subjectKeyIdentifier', 'keyUsage', 'basicConstraints', 'authorityInfoAccess']) {
    t.equal(short(absent), '', absent);
  }
});

t.test('common name and criticality', async (t) => {
  const long = `${'a'.repeat(61)}.example`;
  const table: [name: string, subject: LeafSubject, expected: string | undefined][] = [
    ['the first name', subject('a.example', 'b.example'), 'CN=a.example'],
    ['the given one', { ...subject('a.example'), commonName: 'b.example' }, 'CN=b.example'],
    ['an address', subject('::1'), 'CN=::1'],
    ['64 characters', subject(`${'a'.repeat(56)}.example`), `CN=${'a'.repeat(56)}.example`],
    ['a long one is left out', { ...subject('a.example'), commonName: long }, 'CN=a.example'],
    ['nothing short', subject(long), undefined],
    ['nothing short, organisation', { ...subject(long), organization: 'O' }, 'O=O'],
    ['a long organisation is cut', { ...subject(long), organization: '😀'.repeat(65) }, `O=${'😀'.repeat(64)}`],
  ];
  for (const [name, wanted, expected] of table) {
    const { der } = mintLeaf(wanted, publicKey, authority);
    t.equal(subjectOf(der), expected, name);
    const critical = der.includes(Buffer.from('0603551d110101ff', 'hex'));
    t.equal(critical, !expected?.includes('CN='), name);
  }
  t.throws(() => mintLeaf({ names: [] }, publicKey, authority), TypeError);
});

t.test('a leaf never has the name of its issuer', { skip: without('openssl') }, async (t) => {
  const dir = folder(t);
  const table: [issuer: { commonName?: string; organization?: string }, subject: LeafSubject, expected?: string][] = [
    [{ commonName: 'CA' }, { ...subject('a.example'), commonName: 'CA' }, 'CN=a.example'],
    [{ commonName: 'CA', organization: 'O' }, { ...subject('a.example'), commonName: 'CA' }, 'CN=CA'],
    [{ commonName: 'a.example' }, subject('a.example'), undefined],
    [{ organization: 'O' }, { ...subject(`${'a'.repeat(61)}.example`), organization: 'O' }, undefined],
  ];
  for (const [issuer, wanted, expected] of table) {
    const authority = testAuthority({ name: distinguishedName(issuer) });
    const ca = write(`${dir}/ca.pem`, authority.certificatePem);
    const { der } = mintLeaf(wanted, publicKey, authority);
    t.equal(subjectOf(der), expected);
    t.match(openssl(['verify', '-x509_strict', '-CAfile', ca, write(`${dir}/leaf.pem`, toPem(der))]), ': OK');
  }
});

t.test('validity', async (t) => {
  const now = Date.parse('2030-03-04T05:06:07.890Z');
  const ca = (from: number, to: number) =>
    testAuthority({ notBefore: new Date(Date.now() - from * DAY), notAfter: new Date(Date.now() + to * DAY) });
  const { der, notAfter } = mintLeaf(subject('a'), publicKey, testAuthority({ notAfter: new Date('2040-01-01') }), now);
  const made = new X509Certificate(der);
  t.equal(made.validFrom, 'Mar  2 05:06:07 2030 GMT');
  t.equal(made.validTo, 'Apr 16 05:06:06 2030 GMT');
  t.equal(Math.floor(notAfter.getTime() / 1000) * 1000, Date.parse(made.validTo));

  const table: [name: string, from: number, to: number, days: number][] = [
    ['an old CA', 100, 100, 45],
    ['a CA of today', 0.5, 100, 43.5],
    ['a CA of ten more days', 100, 10, 12],
  ];
  for (const [name, from, to, days] of table) {
    const { validFrom, validTo } = new X509Certificate(mintLeaf(subject('a'), publicKey, ca(from, to)).der);
    const seconds = (Date.parse(validTo) - Date.parse(validFrom)) / 1000 + 1;
    t.ok(seconds <= 45 * 86400, name);
    t.ok(Math.abs(seconds - days * 86400) <= 5, name);
  }
});

t.test('the authority may have any kind of key, and lack a key identifier', { skip: without('openssl') }, async (t) => {
  const dir = folder(t);
  for (const curve of ['P-256', 'P-384', 'P-521']) {
    const issuer = testAuthority({ key: ecKey(curve) });
    const made = new X509Certificate(mintLeaf(subject('a.example'), publicKey, issuer).der);
    t.ok(made.verify(createPublicKey(issuer.key)), curve);
    t.ok(made.checkIssued(issuer.certificate), curve);
  }
  const key = ecKey();
  const issuer = testAuthority({ key, extensions: caExtensions(key).slice(0, 2) });
  const ca = write(`${dir}/ca.pem`, issuer.certificatePem);
  const leaf = write(`${dir}/leaf.pem`, toPem(mintLeaf(subject('a.example'), publicKey, issuer).der));
  t.match(openssl(['verify', '-CAfile', ca, leaf]), ': OK');
  t.match(openssl(['x509', '-noout', '-ext', 'authorityKeyIdentifier', '-in', leaf]), /([0-9A-F]{2}:){19}[0-9A-F]{2}/);
});

t.test('the subject for a connection', async (t) => {
  const upstream = certificateNames(
    mintLeaf(
      { ...subject('a.example', 'b.example', '10.0.0.1'), commonName: 'cn', organization: 'O' },
      publicKey,
      authority,
    ).der,
  );
  const values = (host: string | undefined, from: typeof upstream | undefined = upstream) =>
    leafSubject(from, host)?.names.map(({ value }) => value);
  t.same(values('c.example'), ['a.example', 'b.example', '10.0.0.1', 'c.example']);
  t.same(values('B.example.'), ['a.example', 'b.example', '10.0.0.1']);
  t.same(values(undefined), ['a.example', 'b.example', '10.0.0.1']);
  t.same(values('10.0.0.1'), ['a.example', 'b.example', '10.0.0.1']);
  t.match(leafSubject(upstream, 'c.example'), { commonName: 'cn', organization: 'O' });
  t.same(leafSubject(undefined, '[::1]')?.names, [{ kind: 'ip', value: '::1' }]);
  t.equal(leafSubject(undefined, 'not a host'), undefined);
  t.equal(leafSubject(undefined, undefined), undefined);
  const twice = { ...upstream, names: [...upstream.names, ...upstream.names] };
  t.same(values(undefined, twice), ['a.example', 'b.example', '10.0.0.1']);
});

t.test('thousands of names are cut, but never the one that was asked for', async (t) => {
  const names = Array.from({ length: 5000 }, (_, index) => ({ kind: 'dns' as const, value: `host-${index}.example` }));
  const bounded = leafSubject({ commonName: undefined, organization: undefined, names }, 'host-4999.example')!;
  t.equal(bounded.names.length, 250);
  t.equal(bounded.names.at(-1)?.value, 'host-4999.example');
  t.ok(mintLeaf(bounded, publicKey, authority).der.length < 16384);
  t.equal(leafSubject({ commonName: undefined, organization: undefined, names }, undefined)?.names.length, 250);
});

t.test('names survive being read back', async (t) => {
  const wanted = { ...subject('a.example', '10.0.0.1', '::1'), commonName: 'Zoë', organization: 'O, U="x"' };
  t.same(certificateNames(mintLeaf(wanted, publicKey, authority).der), wanted);
  t.same(certificateNames(certificate({ name: distinguishedName({}) })).names, []);
});

/** An empty subject is undefined, or since Node 26 an empty text. */
function subjectOf(der: Buffer): string | undefined {
  return new X509Certificate(der).subject || undefined;
}
