import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openClientCertificates } from '../../../../src/engine/tls/upstream/client-certificates.js';
import { toPem } from '../../../../src/engine/tls/x509/certificate-writer.js';
import { folder, write } from '../../../support/folder.js';
import { certificate, ecKey, keyPem } from '../support.js';

function pair(): { cert: string; key: string; text: string } {
  const key = ecKey();
  const cert = toPem(certificate({ key }));
  return { cert, key: keyPem(key), text: keyPem(key) + cert };
}

t.test('one file for all', async (t) => {
  const { cert, key, text } = pair();
  const certificates = openClientCertificates(write(join(folder(t), 'mine.pem'), text), undefined);
  for (const name of ['example.com', '::1']) t.match(await certificates.for(name), { cert, key });
});

t.test('a folder with one for each', async (t) => {
  const path = folder(t);
  const [one, two] = [pair(), pair()];
  write(join(path, 'example.com.pem'), one.text);
  write(join(path, '127.0.0.1.pem'), two.text);
  const certificates = openClientCertificates(path, undefined);
  const cases: [name: string, cert: string | undefined][] = [
    ['example.com', one.cert],
    ['EXAMPLE.com.', one.cert],
    ['127.0.0.1', two.cert],
    ['www.example.com', undefined],
    ['../example.com', undefined],
    ['.', undefined],
    ['', undefined],
  ];
  for (const [name, cert] of cases) t.equal((await certificates.for(name))?.cert, cert, name);
  const before = await certificates.for('example.com');
  t.equal(await certificates.for('example.com'), before, 'is parsed once');
  write(join(path, 'example.com.pem'), two.text);
  const after = await certificates.for('example.com');
  t.equal(after?.cert, two.cert, 'a file that changes is read again');
  t.not(after?.id, before?.id);
  write(join(path, 'broken.pem'), one.cert);
  await t.rejects(async () => certificates.for('broken'), {
    name: 'TlsOptionError',
    message: `client_certs: ${join(path, 'broken.pem')} has no private key`,
  });
  mkdirSync(join(path, 'folder.pem'));
  await t.rejects(async () => certificates.for('folder'), {
    message: /folder\.pem cannot be read: it is a folder \(EISDIR\)/,
  });
});

t.test('a file that cannot be used', (t) => {
  const path = join(folder(t), 'mine.pem');
  t.throws(() => openClientCertificates(path, undefined), {
    message: `client_certs: ${path} cannot be read: no such file or directory (ENOENT)`,
  });
  write(path, pair().cert);
  t.throws(() => openClientCertificates(path, undefined), { message: `client_certs: ${path} has no private key` });
  const key = ecKey();
  const encrypted = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' });
  write(path, encrypted + toPem(certificate({ key })));
  t.throws(() => openClientCertificates(path, undefined), { message: /has an encrypted key/ });
  t.ok(openClientCertificates(path, 'secret').for('x'));
  t.end();
});
