import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import t from 'tap';
import { readCertificate } from '../../../../src/engine/tls/x509/certificate-reader.js';
import { subjectHash } from '../../../../src/engine/tls/x509/subject-hash.js';
import { needs } from '../../../e2e/support/command.js';
import { folder } from '../../../support/folder.js';
import { openssl } from '../support.js';

const SUBJECTS = [
  '/O=tsdump/CN=tsdump',
  '/CN=Some CA',
  '/C=DE/ST=  Blanks   Inside and Outside /O=ÄÖÜ Straße/OU=X/CN=MixedCase.Example',
  '/CN=a+OU=b/O=multi valued',
  '/DC=org/DC=example/emailAddress=CA@Example.org/serialNumber=12 34',
];

t.test("agrees with OpenSSL's", needs('openssl'), async (t) => {
  const dir = folder(t);
  for (const subject of SUBJECTS) {
    for (const extra of [[], ['-utf8'], ['-utf8', '-nameopt', 'utf8']]) {
      const file = join(dir, 'certificate.pem');
      openssl([
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-keyout',
        `${file}.key`,
        '-out',
        file,
        '-subj',
        subject,
        '-multivalue-rdn',
        ...extra.slice(0, 1),
      ]);
      const expected = openssl(['x509', '-noout', '-subject_hash', '-in', file]).trim();
      const der = new X509Certificate(openssl(['x509', '-in', file])).raw;
      t.equal(subjectHash(readCertificate(der)!.subject), expected, `${subject} ${extra}`);
    }
  }
});

t.equal(subjectHash(Buffer.from('3003', 'hex')), undefined);
t.equal(subjectHash(Buffer.from('30043102ffff', 'hex')), undefined);
t.equal(subjectHash(Buffer.from('')), undefined);
