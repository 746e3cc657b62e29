import { readFileSync } from 'node:fs';
import t from 'tap';
import { certificateNames } from '../../../../src/engine/tls/x509/certificate-names.js';
import { distinguishedName, extension } from '../../../../src/engine/tls/x509/certificate-writer.js';
import { element, implicit, NULL, oid, sequence, TAG, utf8String } from '../../../../src/engine/tls/x509/der.js';
import { OID } from '../../../../src/engine/tls/x509/oids.js';
import { folder, write } from '../../../support/folder.js';
import { certificate, openssl, without } from '../support.js';

const dns = (text: string): Buffer => implicit(2, Buffer.from(text, 'latin1'));
const ip = (...bytes: number[]): Buffer => implicit(7, Buffer.from(bytes));

function withNames(names: Buffer[] | undefined, subject: Buffer): Buffer {
  const extensions = names ? [extension(OID.subjectAltName, sequence(...names))] : [];
  return certificate({ name: subject, extensions });
}

t.test('names of both kinds, in their order', async (t) => {
  const table: [name: string, names: Buffer[] | undefined, commonName: string | undefined, expected: string[]][] = [
    ['hosts', [dns('a.example'), dns('B.example')], 'cn.example', ['dns a.example', 'dns b.example']],
    ['addresses', [ip(10, 0, 0, 1), ip(...Array(15).fill(0), 1)], 'x', ['ip 10.0.0.1', 'ip ::1']],
    ['an address of five bytes', [ip(1, 2, 3, 4, 5), dns('a.example')], 'x', ['dns a.example']],
    [
      'wildcards and underscores',
      [dns('*.a.example'), dns('a_b.example')],
      'x',
      ['dns *.a.example', 'dns a_b.example'],
    ],
    ['separators of text forms', [dns('a.example, IP Address:1.2.3.4'), dns('b.example')], 'x', ['dns b.example']],
    ['quotes', [dns('"a.example"'), dns('b.example')], 'x', ['dns b.example']],
    ['a NUL', [dns('a.example\0.b.example'), dns('b.example')], 'x', ['dns b.example']],
    ['an address as host', [dns('1.2.3.4'), dns('b.example')], 'x', ['dns b.example']],
    ['letters outside ASCII', [dns('b\u00fccher.example'), dns('b.example')], 'x', ['dns b.example']],
    [
      'other kinds',
      [implicit(1, Buffer.from('a@b.example')), implicit(6, Buffer.from('https://c.example'))],
      'x y',
      [],
    ],
    ['no extension', undefined, 'cn.example', ['dns cn.example']],
    ['no extension, wildcard', undefined, '*.cn.example', ['dns *.cn.example']],
    ['no extension, address: no client looks for it there', undefined, '10.0.0.1', []],
    ['no extension, a person', undefined, 'Jane Doe', []],
    ['no extension, no common name', undefined, undefined, []],
    ['nothing usable', [dns('a b')], 'cn.example', ['dns cn.example']],
  ];
  for (const [name, names, commonName, expected] of table) {
    const found = certificateNames(withNames(names, distinguishedName({ commonName })));
    t.same(
      found.names.map(({ kind, value }) => `${kind} ${value}`),
      expected,
      name,
    );
    t.equal(found.commonName, commonName, name);
  }
});

t.test('common name and organisation', async (t) => {
  const attribute = (id: string, value: Buffer): Buffer => element(TAG.set, sequence(oid(id), value));
  const bmp = element(TAG.bmpString, Buffer.from('00410042', 'hex'));
  const table: [name: string, subject: Buffer, commonName: string | undefined, organization: string | undefined][] = [
    [
      'both',
      distinguishedName({ commonName: 'a.example', organization: 'Ärzte & Söhne' }),
      'a.example',
      'Ärzte & Söhne',
    ],
    ['none', sequence(), undefined, undefined],
    ['BMPString', sequence(attribute(OID.organization, bmp)), undefined, 'AB'],
    [
      'the last common name is the most specific',
      sequence(attribute(OID.commonName, utf8String('a')), attribute(OID.commonName, utf8String('b'))),
      'b',
      undefined,
    ],
    ['control characters', distinguishedName({ commonName: 'a\0b', organization: 'a\nb' }), undefined, undefined],
    ['not a text', sequence(attribute(OID.commonName, NULL)), undefined, undefined],
  ];
  for (const [name, subject, commonName, organization] of table) {
    t.match(certificateNames(withNames([dns('x.example')], subject)), { commonName, organization }, name);
  }
});

t.test('a certificate that OpenSSL made', { skip: without('openssl') }, async (t) => {
  const dir = folder(t);
  const config = write(
    `${dir}/openssl.cnf`,
    `[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\nstring_mask=default\n[dn]\nC=DE\nO=Müller AG\nCN=www.example.com
[ext]\nsubjectAltName=DNS:www.example.com,DNS:*.example.com,IP:192.0.2.1,IP:2001:db8::1,email:a@example.com,URI:https://x/\n`,
  );
  openssl([
    'req',
    '-x509',
    '-utf8',
    '-config',
    config,
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    `${dir}/k`,
    '-outform',
    'DER',
    '-out',
    `${dir}/c`,
  ]);
  t.same(certificateNames(readFileSync(`${dir}/c`)), {
    commonName: 'www.example.com',
    organization: 'Müller AG',
    names: [
      { kind: 'dns', value: 'www.example.com' },
      { kind: 'dns', value: '*.example.com' },
      { kind: 'ip', value: '192.0.2.1' },
      { kind: 'ip', value: '2001:db8::1' },
    ],
  });
});

t.test('damaged certificates give what can be read, and never throw', async (t) => {
  const whole = withNames([dns('a.example')], distinguishedName({ commonName: 'a.example' }));
  const readable = Array.from(whole.keys()).filter(
    (length) => certificateNames(whole.subarray(0, length)).names.length,
  );
  t.same(readable, []);
  const kinds = new Set<string>();
  for (let at = 0; at < whole.length; at++) {
    for (const mask of [0x01, 0x80, 0xff]) {
      const damaged = Buffer.from(whole);
      damaged[at] = damaged[at]! ^ mask;
      for (const { kind } of certificateNames(damaged).names) kinds.add(kind);
    }
  }
  t.same([...kinds], ['dns']);
});
