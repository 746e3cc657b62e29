import { createHash } from 'node:crypto';
import t from 'tap';
import {
  attributeValues,
  extensionValue,
  keyIdentifier,
  readCertificate,
} from '../../../../src/engine/tls/x509/certificate-reader.js';
import { explicit, integer, NULL, sequence } from '../../../../src/engine/tls/x509/der.js';
import { OID } from '../../../../src/engine/tls/x509/oids.js';
import { CA_NAME, certificate, ecKey, spki } from '../support.js';

t.test('the parts of a certificate', async (t) => {
  const key = ecKey();
  const fields = readCertificate(certificate({ key }))!;
  t.ok(fields.subject.equals(CA_NAME));
  t.ok(fields.publicKey.equals(spki(key)));
  t.equal(extensionValue(fields, OID.basicConstraints)?.raw.toString('hex'), '30030101ff');
  t.equal(extensionValue(fields, OID.subjectAltName), undefined);
  t.same(attributeValues(fields.subject, OID.commonName), ['Test CA']);
  t.same(attributeValues(fields.subject, OID.organization), []);
  t.same(attributeValues(Buffer.from('no name'), OID.commonName), []);
});

t.test('version 1 has no version and no extensions', async (t) => {
  const algorithm = sequence(NULL);
  const fields = [integer(Buffer.from([1])), algorithm, CA_NAME, sequence(), CA_NAME, spki(ecKey())];
  t.match(readCertificate(sequence(sequence(...fields))), { subject: CA_NAME, extensions: new Map() });
  const versioned = sequence(sequence(explicit(0, integer(Buffer.from([2]))), ...fields));
  t.match(readCertificate(versioned), { subject: CA_NAME });
});

t.test('what is no certificate', async (t) => {
  const table: [name: string, der: Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('-----BEGIN CERTIFICATE-----')],
    ['an empty sequence', sequence()],
    ['too few fields', sequence(sequence(NULL, NULL))],
    ['an extension without a value', certificate({ extensions: [sequence(NULL)] })],
  ];
  for (const [name, der] of table) t.equal(readCertificate(der), undefined, name);
});

t.test('a key identifier is the SHA-1 of the bits of the key', async (t) => {
  const publicKey = spki(ecKey());
  const point = publicKey.subarray(-65);
  t.equal(keyIdentifier(publicKey).toString('hex'), createHash('sha1').update(point).digest('hex'));
});
